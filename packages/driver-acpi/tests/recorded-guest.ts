import {
  createMachine,
  GENERATIONS,
  GIB,
  type IomemFacts,
  type Machine,
  type MachineDescription,
  MIB,
  type RamDescription,
  registerMemoryNotifier,
  SUBSYSTEMS,
} from '@memhp/core'
import { type AcpiDeviceConfig, acpiDriver } from '../src'
import type { RecordedDevice, RecordedStep, Recording } from './recordings'
import { simpleArch } from './simple-arch'

const MEMORY = '/sys/devices/system/memory'
const BLOCK_BYTES = 128 * MIB

/** A recorded guest just before one of its steps. */
export interface Moment {
  readonly recording: Recording
  readonly step: RecordedStep
  /** The flat view. */
  readonly view: ReadonlyMap<string, string>
  readonly devices: readonly RecordedDevice[]
  /** Slot of each device by its id. */
  readonly slots: ReadonlyMap<string, number>
}

const slotOf = ({ qmp }: RecordedStep): number =>
  Number((qmp[0]?.data.info as { slot?: string } | undefined)?.slot)

/** Every moment of a recording. */
export function* momentsOf(recording: Recording): Generator<Moment> {
  const view = new Map(Object.entries(recording.boot))
  const slots = new Map<string, number>()
  let devices: readonly RecordedDevice[] = []
  for (const step of recording.steps) {
    yield { recording, step, view: new Map(view), devices, slots: new Map(slots) }
    if (step.op.op === 'plug' && step.op.id !== undefined) slots.set(step.op.id, slotOf(step))
    for (const key of step.gone) view.delete(key)
    for (const [key, text] of Object.entries(step.set)) view.set(key, text)
    devices = step.result.devices
  }
}

/** Numbers of the blocks of a device that are there. */
const blocksOf = (view: Moment['view'], [, address, bytes]: RecordedDevice): number[] =>
  Array.from({ length: bytes / BLOCK_BYTES }, (_, i) => address / BLOCK_BYTES + i).filter((id) =>
    view.has(`${MEMORY}/memory${id}/state`),
  )

function ramOf({ machine }: Recording): RamDescription[] {
  let start = 0
  return machine.nodes_mib.flatMap((mib, node) => {
    const end = start + mib * MIB
    const low = { start, end: Math.min(end, 2 * GIB), node }
    const high = { start: Math.max(start, 2 * GIB) + 2 * GIB, end: end + 2 * GIB, node }
    start = end
    return [low, high].filter((range) => range.start < range.end)
  })
}

const iomemOf = (view: Moment['view']): IomemFacts[] =>
  (view.get('/proc/iomem') ?? '').split('\n').map((line) => {
    const [, start = '', end = '', name = ''] = /^([0-9a-f]+)-([0-9a-f]+) : (.+)$/.exec(line) ?? []
    return { start: Number.parseInt(start, 16), end: Number.parseInt(end, 16), name }
  })

function describeMoment({ recording, view, devices, slots }: Moment): MachineDescription {
  const bound: AcpiDeviceConfig[] = devices.map((device) => ({
    id: device[0],
    slot: slots.get(device[0]) ?? 0,
    node: device[3],
    bound: blocksOf(view, device),
  }))
  return {
    arch: 'simple',
    cmdline: recording.machine.cmdline,
    autoOnlineBlocks: view.get(`${MEMORY}/auto_online_blocks`) ?? 'offline',
    nodes: recording.machine.nodes_mib.map((_, id) => ({ id, cpus: id === 0 ? [0] : [] })),
    ram: ramOf(recording),
    iomem: iomemOf(view),
    blocks: devices.flatMap((device) =>
      blocksOf(view, device).map((id) => {
        const state = view.get(`${MEMORY}/memory${id}/state`) === 'online' ? 'online' : 'offline'
        const zone = view.get(`${MEMORY}/memory${id}/valid_zones`) ?? null
        const isOnline = state === 'online'
        return {
          id,
          state,
          zone: isOnline ? zone : null,
          nodes: [device[3]],
          early: false,
        } as const
      }),
    ),
    drivers: { acpi: { slots: recording.machine.slots, devices: bound } },
  }
}

const blocksWith = (step: RecordedStep, action: string): ReadonlySet<number> =>
  new Set(
    step.uevents.flatMap((event) => {
      const [, id] = new RegExp(`^${action} .*/memory(\\d+) memory$`).exec(event) ?? []
      return id === undefined ? [] : [Number(id)]
    }),
  )

/**
 * What the driver cannot know is given: a block that the kernel could not take offline, or put online, in
 * this step is made to refuse by a notifier.
 */
function refuseAsRecorded(machine: Machine, { step }: Moment): void {
  const wentOffline = blocksWith(step, 'offline')
  const wentOnline = blocksWith(step, 'online')
  registerMemoryNotifier(machine.memoryChain, {
    name: 'recorded',
    priority: 0,
    notifier(event, { startPfn }) {
      const block = Math.floor(startPfn / machine.geometry.pagesPerBlock)
      if (event === 'MEM_GOING_OFFLINE') return wentOffline.has(block) ? 'ok' : 'EBUSY'
      if (event === 'MEM_GOING_ONLINE') return wentOnline.has(block) ? 'ok' : 'EBUSY'
      return 'ok'
    },
  })
}

/** A machine as the guest was at that moment. */
export function machineAt(moment: Moment): Machine {
  const machine = createMachine(describeMoment(moment), {
    archs: [simpleArch],
    drivers: [acpiDriver],
    kernels: GENERATIONS,
    subsystems: SUBSYSTEMS,
  })
  refuseAsRecorded(machine, moment)
  return machine
}
