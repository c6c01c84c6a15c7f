import {
  blockId,
  createMachine,
  GIB,
  KERNELS,
  type Machine,
  type MachineDescription,
  nodeId,
  type PhysRange,
  physAddr,
  SUBSYSTEMS,
} from '@memhp/core'
import { listTables } from '@memhp/core/inspect'
import { PAGE_TABLES } from '@memhp/core/plugin'
import { ppc64le } from '../src/index'

/** A guest of one node with 2 GiB of boot memory, unless said otherwise. */
export const boot = (more: Partial<MachineDescription> = {}): Machine =>
  createMachine(
    {
      arch: 'ppc64le',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: 2 * GIB, node: 0 }],
      ...more,
    },
    { archs: [ppc64le], drivers: [], kernels: KERNELS, subsystems: SUBSYSTEMS },
  )

export const NODE = nodeId(0)

/** A range of physical memory. Bytes. */
export const rangeOf = (start: number, sizeBytes: number): PhysRange => ({
  start: physAddr(start),
  end: physAddr(start + sizeBytes),
})

/** The blocks of a range. */
export const blocksOf = (machine: Machine, range: PhysRange): ReturnType<typeof blockId>[] => {
  const { blockBytes } = machine.geometry
  const count = (range.end - range.start) / blockBytes
  return Array.from({ length: count }, (_, i) => blockId(range.start / blockBytes + i))
}

/** Pages without an owner. */
export const freePages = (machine: Machine): number =>
  [...machine.state.memory.zones.values()].reduce(
    (sum, zone) => sum + zone.free.freePages + zone.perCpu.length,
    0,
  )

const LINEAR = 0xc000_0000_0000_0000n

/** The virtual address of physical memory. */
export const linearAddress = (address: number): bigint => LINEAR + BigInt(address)

/** Page tables that are stored; none on a machine with a hash page table. */
export const tablesOf = (machine: Machine): number =>
  PAGE_TABLES.find(machine) === undefined ? 0 : [...listTables(machine)].length
