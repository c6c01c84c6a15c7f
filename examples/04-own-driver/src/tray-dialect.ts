// What clients need to know of trays: how files show them, how a twin gets them, and what a simulation may ask for.
// It loads no machine.
import { HotplugError } from '@memhp/core'
import type {
  DialectBlock,
  FirmwareDevice,
  FirmwareDialect,
  FirmwareWrite,
} from '@memhp/core/plugin'

/** A tray that the kernel has taken in, as a line of `trays` tells. Bytes. */
export interface TrayFacts {
  readonly slot: number
  readonly id: string
  readonly address: number
  readonly sizeBytes: number
  readonly node: number
}

/** `drivers.tray` of a machine description. */
export interface TrayConfig {
  /** How many trays there may be. */
  readonly slots: number
  /** Trays of a captured host, whose blocks exist. */
  readonly trays?: readonly TrayFacts[]
}

/** What is a number in `TrayFacts`. */
export const TRAY_NUMBERS = ['slot', 'address', 'sizeBytes', 'node'] as const

/** Where the kernel shows trays. */
export const TRAY_DIRECTORY = '/sys/firmware/tray'

/** The kernel's name of a tray. */
export const trayName = ({ slot }: Pick<TrayFacts, 'slot'>): string => `tray${slot}`

/** Text of the file `trays`: `0 left 68719476736 1073741824 0`, a line for each. */
export const trayLines = (trays: readonly TrayFacts[]): string =>
  trays
    .map(({ slot, id, address, sizeBytes, node }) => [slot, id, address, sizeBytes, node].join(' '))
    .map((line) => `${line}\n`)
    .join('')

const LINE = /^(\d+) (\S+) (\d+) (\d+) (\d+)$/

/** Reads what `trayLines` writes. @throws HotplugError BAD_ARGUMENT for a line of another form */
function parseTrays(text: string): readonly TrayFacts[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const [, slot, id = '', address, sizeBytes, node] = LINE.exec(line) ?? []
    if (slot === undefined) throw new HotplugError('BAD_ARGUMENT', 'EINVAL', `"${line}": no tray.`)
    return {
      slot: Number(slot),
      id,
      address: Number(address),
      sizeBytes: Number(sizeBytes),
      node: Number(node),
    }
  })
}

const isName = (word: string): boolean => /^tray\d+$/.test(word)
const ejectionOf = (name: string): FirmwareWrite => ({
  path: `${TRAY_DIRECTORY}/eject`,
  text: name,
})

const deviceOf = (tray: TrayFacts, blocks: readonly DialectBlock[]): FirmwareDevice => ({
  name: trayName(tray),
  driver: 'tray',
  path: tray.id,
  status: null,
  present: true,
  ejectable: true,
  drcIndex: null,
  blocks: blocks
    .filter(({ start }) => tray.address <= start && start < tray.address + tray.sizeBytes)
    .map(({ id }) => id),
})

/** Trays, for clients. */
export const trayDialect: FirmwareDialect = {
  driver: 'tray',
  parameters: [],
  files: {
    async read(source, blocks) {
      const path = `${TRAY_DIRECTORY}/trays`
      const meaning = 'The trays are unknown.'
      const text = await source.optionalText(path, meaning)
      const trays = source.parsed({ path, meaning }, () => parseTrays(text ?? ''))
      return (trays ?? []).map((tray) => deviceOf(tray, blocks))
    },
    removals: (devices) =>
      devices.map((device) => ({
        devices: [device],
        verb: 'eject',
        ...ejectionOf(device.name),
        undo: null,
      })),
    removalOf: (word) => (isName(word) ? ejectionOf(word) : undefined),
    directoryOf: () => TRAY_DIRECTORY,
    isName,
  },
  capture: {
    wanted: {
      paths: [`${TRAY_DIRECTORY}/(slots|trays|eject)`],
      behindLinks: [],
      directories: [],
    },
    assumptions: [],
    checks: [],
    kept: [],
    describe(host): TrayConfig | undefined {
      const slots = host.text(`${TRAY_DIRECTORY}/slots`)
      if (slots === undefined) return undefined
      const trays = parseTrays(host.text(`${TRAY_DIRECTORY}/trays`) ?? '')
      return { slots: Number(slots), trays }
    },
  },
  census: {
    thing: 'lines of trays',
    sum: 'lines of its firmware',
    shown: 'each',
    record: null,
    open(tree) {
      const names = new Set(parseTrays(tree.read(`${TRAY_DIRECTORY}/trays`)).map(trayName))
      return (name) =>
        names.has(name) ? { state: 'taken in', count: 1 } : { state: null, count: 0 }
    },
  },
  walk: {
    archs: ['x86_64'],
    drawConfig: (random) => ({ slots: random.between({ least: 1, most: 4 }) }),
    requests: [
      {
        weight: 6,
        draw: ({ plugged }, random) => {
          const names = plugged.flatMap(({ name }) => name ?? [])
          return names.length === 0 ? undefined : ejectionOf(random.pick([...names, 'tray9']))
        },
      },
    ],
  },
}
