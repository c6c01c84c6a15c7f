import type { FirmwareWalk, FirmwareWrite, Random, WalkView } from '@memhp/core/plugin'
import { DAX_DEVICES, KMEM } from './files'
import { INJECTION_POINTS } from './injection-points'

const MIB = 2 ** 20
const GIB = 2 ** 30
const DRIVERS = '/sys/bus/dax/drivers'

/** Regions far above all that a simulation boots with: not all of whole blocks. */
function drawConfig(random: Random): object {
  const count = random.between({ least: 1, most: 3 })
  return {
    regions: Array.from({ length: count }, (_, i) => ({
      start: (64 + 4 * i) * GIB + random.pick([0, 0, 16 * MIB]),
      sizeBytes: random.pick([100, 256, 512, 1024]) * MIB,
      node: 0,
      ...random.pick([{}, {}, { driver: 'kmem' }, { driver: 'none' }, { kind: 'persistent' }]),
    })),
  }
}

const drawName = ({ names }: WalkView, random: Random): string =>
  random.pick([...names(DAX_DEVICES), 'dax9.9'])

/** Mostly what is done to a device; now and then what is refused. */
function drawBinding(view: WalkView, random: Random): FirmwareWrite | undefined {
  if (view.names(DAX_DEVICES).length === 0) return undefined
  const driver = random.pick(['kmem', 'kmem', 'kmem', 'device_dax'])
  const file = random.pick(['bind', 'bind', 'unbind', 'unbind', 'new_id', 'remove_id'])
  const text = random.percent(95) ? drawName(view, random) : random.pick(['', 'dax', 'x'])
  return { path: `${DRIVERS}/${driver}/${file}`, text }
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  state: ['unplugged', 'unplugged', 'online', 'online_movable', 'online_kernel', 'offline'],
  memmap_on_memory: ['0', '1', '1', 'x'],
  size: ['0', '134217728', '268435456', '1073741824', '1', 'x'],
  align: ['4096', '2097152', '1073741824', '1'],
}

function drawAttribute(view: WalkView, random: Random): FirmwareWrite | undefined {
  const devices = view.names(DAX_DEVICES)
  if (devices.length === 0) return undefined
  const device = `${DAX_DEVICES}/${random.pick(devices)}`
  const files = view.names(device).filter((name) => name in WORDS)
  if (files.length === 0) return undefined
  const file = random.pick(files)
  return { path: `${device}/${file}`, text: random.pick(WORDS[file] ?? []) }
}

const kmem = (file: string, text: string): FirmwareWrite => ({ path: `${KMEM}/${file}`, text })

const isThere = ({ names }: WalkView): boolean => names(DAX_DEVICES).length > 0

/** The file of the second device, which kmem has. */
const STATE = `${DAX_DEVICES}/dax1.0`

const hasState = ({ names }: WalkView): boolean => names(STATE).includes('state')

/** Drivers that are bound and unbound, and the files of devices. */
export const DAX_WALK: FirmwareWalk = {
  archs: ['x86_64'],
  drawConfig,
  requests: [
    { weight: 10, draw: drawBinding },
    { weight: 6, draw: drawAttribute },
  ],
  sweep: {
    archs: ['x86_64'],
    config: (ramEnd) => ({
      regions: [
        { start: ramEnd, sizeBytes: 256 * MIB, node: 1, driver: 'none' },
        { start: ramEnd + 256 * MIB, sizeBytes: 256 * MIB, node: 1, driver: 'kmem' },
      ],
    }),
    points: INJECTION_POINTS,
    operations: [
      {
        name: 'kmem is told of a device',
        has: isThere,
        from: 'empty',
        by: () => kmem('new_id', 'dax0.0'),
        tells: 'nothing',
      },
      {
        name: 'kmem lets a device go',
        has: isThere,
        from: 'empty',
        by: () => kmem('unbind', 'dax1.0'),
        tells: 'nothing',
      },
      {
        name: 'a device is unplugged by its state',
        has: hasState,
        from: 'online',
        by: () => ({ path: `${STATE}/state`, text: 'unplugged' }),
      },
    ],
  },
}
