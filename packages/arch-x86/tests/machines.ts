import {
  createMachine,
  GENERATIONS,
  GIB,
  type Machine,
  type MachineDescription,
  MIB,
  nodeId,
  type PhysRange,
  physAddr,
  SUBSYSTEMS,
} from '@memhp/core'
import { x86_64 } from '../src/index'

/** A guest of one node: 2 GiB of boot memory below 4 GiB, unless said otherwise. */
export const boot = (more: Partial<MachineDescription> = {}): Machine =>
  createMachine(
    {
      arch: 'x86_64',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [
        { start: 0x1000, end: 0x9f000, node: 0 },
        { start: MIB, end: 2 * GIB, node: 0 },
      ],
      ...more,
    },
    { archs: [x86_64], drivers: [], kernels: GENERATIONS, subsystems: SUBSYSTEMS },
  )

export const NODE = nodeId(0)

/** A range of physical memory. Bytes. */
export const rangeOf = (start: number, sizeBytes: number): PhysRange => ({
  start: physAddr(start),
  end: physAddr(start + sizeBytes),
})

/** Pages of boot memory without an owner. */
export const freePages = (machine: Machine): number =>
  [...machine.state.memory.zones.values()].reduce((sum, zone) => sum + zone.free.freePages, 0)
