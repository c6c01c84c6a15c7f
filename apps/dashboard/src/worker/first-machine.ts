import { x86_64 } from '@memhp/arch-x86'
import {
  allocateTracked,
  createMachine,
  GIB,
  KERNELS,
  type Machine,
  MEMORY_COUNTERS,
  MIB,
  nodeId,
  pfn,
  physAddr,
  placeUnmovablePage,
  platformOf,
  settle,
  TIB,
} from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'

/** Only what the first page shows: the rest is loaded where it is asked for. */
const PLUGINS = {
  archs: [x86_64],
  drivers: [acpiDriver],
  kernels: KERNELS,
  subsystems: { memoryCounters: MEMORY_COUNTERS },
}

const BLOCK_BYTES = 128 * MIB
const PAGE_BYTES = 4096

const pages = (bytes: number): number => bytes / PAGE_BYTES

/** Brings the blocks of a range online. */
function online(
  machine: Machine,
  range: { readonly start: number; readonly end: number },
  text: string,
): void {
  for (let block = range.start / BLOCK_BYTES; block < range.end / BLOCK_BYTES; block++)
    machine.tree.write(`/sys/devices/system/memory/memory${block}/state`, text)
}

/**
 * Three nodes: two with CPUs and boot memory; on node 2 a memory device that can go, with files on it; on node 1 one that
 * cannot, as it was brought online for the kernel and holds a slab page.
 */
export function firstMachine(kernel?: string): Machine {
  const machine = createMachine(
    {
      arch: 'x86_64',
      ...(kernel === undefined ? {} : { kernel }),
      nodes: [
        { id: 0, cpus: [0, 1] },
        { id: 1, cpus: [2, 3] },
        { id: 2, cpus: [] },
      ],
      ram: [
        { start: 0, end: 2 * GIB, node: 0 },
        { start: 4 * GIB, end: 6 * GIB, node: 1 },
      ],
      drivers: { acpi: {} },
      autoOnlineBlocks: 'offline',
    },
    PLUGINS,
  )
  const platform = platformOf(machine, 'acpi')
  platform.plug(machine, { id: 'dimm0', sizeBytes: GIB, node: 2 })
  platform.plug(machine, { id: 'dimm1', sizeBytes: GIB, node: 1 })
  settle(machine)
  const [spare, kernels] = [6 * GIB, 7 * GIB]
  online(machine, { start: spare, end: kernels }, 'online_movable')
  online(machine, { start: kernels, end: kernels + GIB }, 'online_kernel')
  const file = { kind: 'file', policy: 'bind' } as const
  allocateTracked(machine, {
    ...file,
    name: '/var/cache',
    pageCount: pages(200 * MIB),
    nodeId: nodeId(2),
  })
  allocateTracked(machine, {
    name: '/home',
    kind: 'file',
    pageCount: pages(300 * MIB),
    nodeId: nodeId(1),
  })
  allocateTracked(machine, {
    name: 'programs',
    kind: 'anonymous',
    pageCount: pages(500 * MIB),
    nodeId: nodeId(0),
  })
  const third = kernels + 2 * BLOCK_BYTES
  placeUnmovablePage(machine, {
    range: { start: pfn(pages(third)), end: pfn(pages(third + BLOCK_BYTES)) },
  })
  return machine
}

/** 64 TiB in sixteen nodes: 524,288 blocks. */
export function hugeMachine(): Machine {
  const nodes = Array.from({ length: 16 }, (_, id) => ({ id, cpus: [id] }))
  return createMachine(
    {
      arch: 'x86_64',
      archOptions: { levels: 5 },
      nodes,
      ram: nodes.map(({ id }) => ({
        start: physAddr(id * 4 * TIB),
        end: physAddr((id + 1) * 4 * TIB),
        node: id,
      })),
      blockSizeBytes: BLOCK_BYTES,
      drivers: { acpi: {} },
    },
    PLUGINS,
  )
}
