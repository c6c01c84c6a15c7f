import {
  createMachine,
  type Errno,
  GENERATIONS,
  GIB,
  HotplugError,
  type Machine,
  type MachineDescription,
  platformOf,
  registerMemoryNotifier,
  SUBSYSTEMS,
  settle,
} from '@memhp/core'
import { type AcpiConfig, acpiDriver } from '../src'
import { simpleArch } from './simple-arch'

/** A guest of 1 GiB with two nodes, the second one without memory; eight blocks of 128 MiB at boot. */
export function makeGuest(acpi: AcpiConfig, change: Partial<MachineDescription> = {}): Machine {
  return createMachine(
    {
      arch: 'simple',
      nodes: [
        { id: 0, cpus: [0] },
        { id: 1, cpus: [] },
      ],
      ram: [{ start: 0, end: GIB, node: 0 }],
      drivers: { acpi },
      ...change,
    },
    { archs: [simpleArch], drivers: [acpiDriver], kernels: GENERATIONS, subsystems: SUBSYSTEMS },
  )
}

/** Plugs memory and lets the kernel deal with it. */
export function plug(machine: Machine, id: string, options: { gib?: number; node?: number } = {}) {
  const { gib = 0.5, node = 0 } = options
  const plugged = platformOf(machine).plug(machine, { id, sizeBytes: gib * GIB, node })
  settle(machine)
  return plugged
}

export function unplug(machine: Machine, id: string): void {
  platformOf(machine).requestUnplug(machine, id)
  settle(machine)
}

const DEVICES = '/sys/bus/acpi/devices'

/** Writes to a device's `eject` file and lets the kernel finish. @returns the errno of the write */
export function eject(machine: Machine, device: string, text = '1'): Errno | undefined {
  const errno = errnoOf(() => machine.tree.write(`${DEVICES}/${device}/eject`, text))
  settle(machine)
  return errno
}

export function errnoOf(act: () => unknown): Errno | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (error instanceof HotplugError) return error.errno
    throw error
  }
}

export const readDevice = (machine: Machine, device: string, file: string): string =>
  machine.tree.read(`${DEVICES}/${device}/${file}`)

/** Number of the block that a notice is about. */
const blockOf = (machine: Machine, startPfn: number): number =>
  Math.floor(startPfn / machine.geometry.pagesPerBlock)

/** Makes blocks refuse to go offline (or online), as a notifier would. @returns cures them */
export function refuseBlocks(
  machine: Machine,
  blocks: readonly number[],
  event: 'MEM_GOING_OFFLINE' | 'MEM_GOING_ONLINE' = 'MEM_GOING_OFFLINE',
): () => void {
  return registerMemoryNotifier(machine.memoryChain, {
    name: 'test',
    priority: 0,
    notifier: (happening, { startPfn }) =>
      happening === event && blocks.includes(blockOf(machine, startPfn)) ? 'EBUSY' : 'ok',
  })
}

/** `ACTION N` for a memory block, `ACTION PATH` for anything else: what happened since the last call. */
export function takeUevents(machine: Machine): readonly string[] {
  return machine.state.journal.uevents
    .splice(0)
    .map(
      ({ action, devpath }) => `${action} ${devpath.replace('/devices/system/memory/memory', '')}`,
    )
}

/** `OST device source status` or the event's own name, in order: what the platform heard since the last call. */
export function takePlatformEvents(machine: Machine): readonly string[] {
  return machine.state.journal.platform.splice(0).map(({ event, data }) => {
    if (event !== 'ACPI_DEVICE_OST') return `${event} ${data.device}`
    const { device, source, status } = data.info as Readonly<Record<string, unknown>>
    return `OST ${device ?? '-'} ${source} ${status}`
  })
}

/** What the kernel says of zonelists, which no driver has a part in. */
const ZONELISTS = /^(?:Fallback order|Built \d+ zonelists|Policy zone)/

export const takeLog = (machine: Machine): readonly string[] =>
  machine.state.journal.log
    .splice(0)
    .filter(({ level, text }) => level !== 'debug' && !ZONELISTS.test(text))
    .map(({ text }) => text)

/** `N state` of the blocks from 32 on. */
export const hotAddedStates = (machine: Machine): readonly string[] =>
  machine.tree
    .list('/sys/devices/system/memory')
    .flatMap((name) => /^memory(\d+)$/.exec(name)?.[1] ?? [])
    .filter((id) => Number(id) >= 32)
    .map(
      (id) => `${id} ${machine.tree.read(`/sys/devices/system/memory/memory${id}/state`).trim()}`,
    )
