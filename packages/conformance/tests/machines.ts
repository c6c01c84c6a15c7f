import {
  blockId,
  createMachine,
  type Errno,
  GIB,
  invariant,
  type Machine,
  type MachineDescription,
  MIB,
  type OnlineType,
  type PhysRange,
  physAddr,
  refusalOf,
  settle,
  type ZoneKey,
} from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import { observe } from '@memhp/invariants'
import { type Operation, openSession, perform } from '@memhp/trace'
import { PLUGINS } from './plugins'

/** A guest with 2 GiB on node 0 and an empty node 1 without CPUs; its first device lies at 4 GiB, memory32. */
export const GUEST: MachineDescription = {
  arch: 'x86_64',
  nodes: [
    { id: 0, cpus: [0, 1] },
    { id: 1, cpus: [] },
  ],
  ram: [{ start: 0, end: 2 * GIB, node: 0 }],
  drivers: { acpi: { slots: 4 } },
}

/** The same of POWER; its first device lies at 2 GiB, memory8. */
export const POWER_GUEST: MachineDescription = {
  arch: 'ppc64le',
  nodes: GUEST.nodes,
  ram: GUEST.ram,
  drivers: { pseries: { slots: 4, windowEnd: 8 * GIB } },
}

export const makeGuest = (description: Partial<MachineDescription> = {}): Machine =>
  createMachine({ ...GUEST, ...description }, PLUGINS)

/** Plugs a device and lets the kernel deal with it. */
export function plug(
  machine: Machine,
  device: { readonly id: string; readonly sizeBytes: number; readonly node?: number },
): void {
  const { sizeBytes, ...rest } = device
  act(machine, { op: 'plug', node: 0, mib: sizeBytes / MIB, ...rest })
}

export function unplug(machine: Machine, id: string): void {
  act(machine, { op: 'unplug', id })
}

/** @throws HotplugError as the operation is refused */
function act(machine: Machine, operation: Operation): void {
  perform(openSession(machine), operation)
  settle(machine)
}

/** Writes a file and lets the machine settle. @returns the errno of a refusal, null where there was none */
export function write(machine: Machine, path: string, text: string): Errno | null {
  const operation = { op: 'write', path, value: text } as const
  const refusal = refusalOf(() => perform(openSession(machine), operation))
  settle(machine)
  return refusal?.errno ?? null
}

/** Uevents of blocks that something has, in order: `remove 33`. */
export const eventsOf = (machine: Machine, deed: () => void): readonly string[] => {
  const before = machine.state.journal.uevents.length
  deed()
  return machine.state.journal.uevents
    .slice(before)
    .map(({ action, devpath }) => `${action} ${devpath.slice(devpath.lastIndexOf('/memory') + 7)}`)
}

/** Path of a file of a block. */
export const blockFile = (id: number, name: string): string =>
  `/sys/devices/system/memory/memory${id}/${name}`

export const writeState = (machine: Machine, id: number, word: OnlineType): Errno | null =>
  write(machine, blockFile(id, 'state'), word)

/** Text of a file without its final newline. */
export const read = (machine: Machine, path: string): string =>
  machine.tree.read(path).replace(/\n$/, '')

export const readBlock = (machine: Machine, id: number, name: string): string =>
  read(machine, blockFile(id, name))

export const EJECT = '/sys/bus/acpi/devices/PNP0C80:00/eject'

/** States of blocks, `-` for those that are not there. */
export const statesOf = (machine: Machine, ids: readonly number[]): readonly string[] =>
  ids.map((id) => findBlock(machine, blockId(id))?.state ?? '-')

/** Numbers from `first` to `last`. */
export const numbers = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)

/** The bytes of a range of blocks of the guest. */
export const bytesOf = (first: number, last: number, blockBytes = GIB / 8): PhysRange => ({
  start: physAddr(first * blockBytes),
  end: physAddr((last + 1) * blockBytes),
})

/** Span and counts of a zone, `0/Normal`. */
export function zoneCounts(
  machine: Machine,
  key: ZoneKey,
): Readonly<Record<'start' | 'spanned' | 'present' | 'managed', number>> {
  const zone = observe(machine).zones.get(key)
  invariant(zone, `The machine has a zone ${key}.`)
  const { startPfn, spannedPages, presentPages, managedPages } = zone
  return { start: startPfn, spanned: spannedPages, present: presentPages, managed: managedPages }
}

export const memTotalKib = (machine: Machine): number => observe(machine).memTotalKib

/** Uevents since a moment: `add /devices/system/memory/memory32`. @param since the last seqnum before */
export const ueventsSince = (machine: Machine, since: number): readonly string[] =>
  machine.state.journal.uevents
    .filter(({ seqnum }) => seqnum > since)
    .map(({ action, devpath }) => `${action} ${devpath}`)

/** The System RAM lines of /proc/iomem. */
export const ramLines = (machine: Machine): readonly string[] =>
  read(machine, '/proc/iomem')
    .split('\n')
    .filter((line) => line.endsWith('System RAM'))

/** `start-end type` of the firmware map, without numbers. */
export const firmwareMap = (machine: Machine): readonly string[] =>
  machine.tree.list('/sys/firmware/memmap').map((index) => {
    const file = (name: string): string => read(machine, `/sys/firmware/memmap/${index}/${name}`)
    return `${file('start')}-${file('end')} ${file('type')}`
  })

/** Source and status of what _OST reported. */
export const ostReports = (machine: Machine): readonly (readonly [number, number])[] =>
  machine.state.journal.platform
    .filter(({ event }) => event === 'ACPI_DEVICE_OST')
    .map(({ data }) => data.info as { source: number; status: number })
    .map(({ source, status }) => [source, status] as const)

export const logTexts = (machine: Machine): readonly string[] =>
  machine.state.journal.log.map(({ text }) => text)
