// A firmware that memhp does not know: trays of memory. The hypervisor half is core's model of DIMM slots; the kernel half
// takes a tray in when it is told of one, and gives it back when all of its blocks can go offline.
import {
  addMemory,
  type BlockId,
  GIB,
  HotplugError,
  type Machine,
  nodeId,
  offlineBlock,
  onlineBlock,
  physAddr,
  refusalOf,
  removeMemory,
  TIB,
} from '@memhp/core'
import { blockIdsOfRange } from '@memhp/core/inspect'
import {
  type Dimm,
  type DriverDefinition,
  deferredWork,
  defineDriver,
  dimmPlatform,
  directoryOf,
  dispatchWork,
  driverSlot,
  findDimm,
  readOnly,
  releaseDimm,
  writeOnly,
} from '@memhp/core/plugin'
import {
  TRAY_DIRECTORY,
  TRAY_NUMBERS,
  type TrayConfig,
  type TrayFacts,
  trayLines,
  trayName,
} from './tray-dialect'

interface TrayState {
  readonly dimms: Dimm[]
  /** Ids of the trays whose memory the kernel has taken in. */
  readonly taken: Set<string>
}

const TRAYS = driverSlot<TrayState>('tray')
const stateOf = (machine: Machine): TrayState => TRAYS.of(machine)

/** The kernel is told of a tray, and asked for one, by its id. */
const INSERTED = deferredWork<string>({ driver: 'tray', name: 'inserted' })
const WANTED = deferredWork<string>({ driver: 'tray', name: 'wanted' })

const rangeOf = ({ address, sizeBytes }: Dimm) => ({
  start: physAddr(address),
  end: physAddr(address + sizeBytes),
})

const platformFor = ({ slots }: TrayConfig) =>
  dimmPlatform({
    dimms: (machine) => stateOf(machine).dimms,
    nameOf: (machine, dimm) => (stateOf(machine).taken.has(dimm.id) ? trayName(dimm) : null),
    policy: () => ({
      slots: Array.from({ length: slots }, (_, slot) => slot),
      windows: [{ start: 64 * GIB, end: TIB }],
      alignmentBytes: 2 ** 20,
    }),
    announce: (machine, dimm) => INSERTED.queue(machine, dimm.id),
    askBack: (machine, dimm) => WANTED.queue(machine, dimm.id),
  })

function takeIn(machine: Machine, id: string): void {
  const dimm = findDimm(stateOf(machine).dimms, id)
  const refusal = refusalOf(() =>
    addMemory(machine, { range: rangeOf(dimm), nodeId: nodeId(dimm.node) }),
  )
  if (refusal === undefined) stateOf(machine).taken.add(dimm.id)
}

/** Takes all blocks offline, or none: those before the first refusal are put online again. */
function tryOffline(machine: Machine, blocks: readonly BlockId[]): boolean {
  const done: BlockId[] = []
  const refusal = refusalOf(() => {
    for (const block of blocks) if (offlineBlock(machine, block) === 'done') done.push(block)
  })
  if (refusal === undefined) return true
  for (const block of done) refusalOf(() => onlineBlock(machine, block))
  return false
}

function giveBack(machine: Machine, id: string): void {
  const { dimms, taken } = stateOf(machine)
  const dimm = findDimm(dimms, id)
  if (taken.has(dimm.id)) {
    const range = rangeOf(dimm)
    if (!tryOffline(machine, blockIdsOfRange(machine, range))) return
    if (refusalOf(() => removeMemory(machine, { range })) !== undefined) return
    taken.delete(dimm.id)
  }
  releaseDimm(machine, dimms, dimm)
}

const held = (machine: Machine): readonly Dimm[] =>
  stateOf(machine).dimms.filter(({ id }) => stateOf(machine).taken.has(id))

/** @throws HotplugError NO_SUCH_DEVICE (ENODEV) */
function trayOfName(machine: Machine, name: string): Dimm {
  const dimm = held(machine).find((each) => trayName(each) === name)
  if (dimm !== undefined) return dimm
  throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `There is no tray called "${name}".`)
}

function parseConfig(config: unknown): TrayConfig {
  const refuse = (place: string, what: string): never => {
    throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `drivers.tray${place}: ${what}`)
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    return refuse('', 'must be an object.')
  const { slots, trays = [], ...rest } = config as Readonly<Record<string, unknown>>
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) return refuse(`.${unknown}`, 'this key is not known.')
  if (typeof slots !== 'number' || !Number.isSafeInteger(slots) || slots < 0)
    return refuse('.slots', 'must be a whole number.')
  if (!Array.isArray(trays) || !trays.every(isTray))
    return refuse('.trays', 'must be a list of trays.')
  return { slots, trays }
}

const isTray = (tray: unknown): tray is TrayFacts =>
  typeof tray === 'object' &&
  tray !== null &&
  TRAY_NUMBERS.every((key) => Number.isSafeInteger((tray as Record<string, unknown>)[key])) &&
  typeof (tray as Partial<TrayFacts>).id === 'string'

/** Trays of memory. */
export const trayDriver: DriverDefinition<TrayConfig, TrayConfig, 'tray'> = defineDriver({
  name: 'tray',
  contract: 1,
  summary: 'Trays of memory, which a hypervisor pushes in and asks back.',
  parseConfig,
  slot: TRAYS,
  initialState: ({ trays = [] }): TrayState => ({
    dimms: trays.map((tray) => ({ ...tray, unplugPending: false })),
    taken: new Set(trays.map(({ id }) => id)),
  }),
  create: (config) => ({
    name: 'tray',
    platform: platformFor(config),
    boot() {},
    devices: (machine) =>
      held(machine).map((dimm) => ({
        name: trayName(dimm),
        driver: 'tray',
        nodeId: nodeId(dimm.node),
        ranges: [{ ...rangeOf(dimm), enabled: true }],
        groupId: null,
      })),
    work: dispatchWork(INSERTED.handledBy(takeIn), WANTED.handledBy(giveBack)),
    directories: (machine) => ({
      [TRAY_DIRECTORY]: directoryOf({
        slots: readOnly(() => `${config.slots}\n`),
        trays: readOnly(() => trayLines(held(machine))),
        eject: writeOnly((text) => WANTED.queue(machine, trayOfName(machine, text.trim()).id)),
      }),
    }),
  }),
})
