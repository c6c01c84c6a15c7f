import {
  addMemory,
  createMachine,
  GENERATIONS,
  type Machine,
  nodeId,
  refusalOf,
  SUBSYSTEMS,
} from '@memhp/core'
import { allocatorPages } from '@memhp/core/inspect'
import { parseZoneinfo } from '@memhp/kernel-files'
import { ARCHS } from '@memhp/platforms'
import { expect, test } from 'vitest'
import { rangeBeyond, removeAndSum } from '../src/archs/gallery'
import { describeSmall } from '../src/archs/survey'

/** Free pages as /proc/zoneinfo has them, and those in lists of processors, which a machine does not print there. */
function freePages({ tree, state }: Machine): number {
  const zones = parseZoneinfo(tree.read('/proc/zoneinfo'))
  const listed = [...state.memory.zones.values()].reduce(
    (sum, { perCpu }) => sum + perCpu.length,
    0,
  )
  return zones.reduce((sum, { counters }) => sum + (counters.get('free') ?? 0), listed)
}

const KINDS = ARCHS.flatMap((arch) =>
  Object.entries(arch.variants ?? { '': {} }).map(([kind, options]) => ({ arch, kind, options })),
)

/** The machine of one kernel with memory added; undefined where that cannot be removed, or the kernel does not exist. */
function grown({ arch, options }: (typeof KINDS)[number], kernel: string): Machine | undefined {
  let machine: Machine | undefined
  const refusal = refusalOf(() => {
    const description = describeSmall(arch, options, kernel)
    const cmdline = 'memhp_default_state=offline'
    machine = createMachine(
      { ...description, cmdline },
      { archs: [arch], drivers: [], kernels: GENERATIONS, subsystems: SUBSYSTEMS },
    )
    addMemory(machine, { range: rangeBeyond(machine), nodeId: nodeId(0) })
  })
  if (refusal !== undefined || machine === undefined) return undefined
  return machine.arch.canRemove(machine, rangeBeyond(machine)).kind === 'allowed'
    ? machine
    : undefined
}

/** Kinds on which no kernel adds memory that it then removes. */
const NEVER = ['ia64 DISCONTIGMEM', 'sparc64 sun4v', 'sparc64 sun4u', 'tile Gx', 'tile Pro']

test.each(KINDS)(
  'memory removed on $arch.name, $kind gives back the pages that /proc/zoneinfo gains',
  (kind) => {
    const machines = GENERATIONS.flatMap(({ name }) => grown(kind, name) ?? [])
    expect(machines.length > 0).toBe(!NEVER.includes(`${kind.arch.name} ${kind.kind}`))
    for (const machine of machines) {
      const before = freePages(machine)
      const change = removeAndSum(machine, rangeBeyond(machine))
      expect(allocatorPages(change), machine.generation.name).toBe(freePages(machine) - before)
    }
  },
)
