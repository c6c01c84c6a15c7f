import {
  addMemory,
  alignDown,
  alignUp,
  createMachine,
  GENERATIONS,
  invariant,
  type Machine,
  type MachineDescription,
  nodeId,
  type PhysRange,
  physAddr,
  type Range,
  refusalOf,
  SUBSYSTEMS,
  takeSnapshot,
} from '@memhp/core'
import { canonicalMemory, injectStepFault, pointOfStep } from '@memhp/core/inspect'
import type { ArchDefinition } from '@memhp/core/plugin'
import { injected } from '@memhp/trace'
import type { CanonicalMemory } from '../../sweep/masks'
import { type DrawOptions, drawsOf } from '../contract'
import { describeGuest, ramOf, renewed } from '../guest'

/** How an arch is to be tested. */
export interface ArchSuiteOptions extends DrawOptions {
  /** What the name of the suite says beside the name of the arch: `radix, 4 KiB pages`. */
  readonly title?: string
  /** Options of the arch; default none. */
  readonly archOptions?: Readonly<Record<string, unknown>>
  /**
   * What the machine has that is not a GiB of memory on node 0, where what is mappable begins, and a node 1 without. Blocks of boot
   * memory are whole.
   */
  readonly description?: Partial<Omit<MachineDescription, 'arch' | 'archOptions'>>
  /** Values of options that must be refused, by option. */
  readonly badOptions?: Readonly<Record<string, readonly unknown[]>>
}

/** Blocks of a window, on either side of its boundary. */
const HALF_WINDOW = 4

/** Makes the machines that an arch is tested on. */
export interface ArchBench {
  readonly options: ArchSuiteOptions
  /** How a property is drawn: as often as others, or `times` as often. */
  draws(times?: number): ReturnType<typeof drawsOf>
  /** What machines are made from. */
  describe(change?: Partial<MachineDescription>): MachineDescription
  /** A machine that has just booted. */
  boot(change?: Partial<MachineDescription>): Machine
  /**
   * One machine, put back each time to what it was when adding a block of each window had been taken back: tables that
   * the arch never frees are there.
   */
  fresh(): Machine
  /**
   * Where memory comes and goes, in blocks: around ends of boot memory, of what tables span, and of what can be addressed.
   * None where the arch cannot add memory.
   */
  windows(): readonly Range[]
  /** The first window and the last. */
  ends(): readonly Range[]
  /** The same with two blocks of boot memory, which are soon used up. */
  small(): ArchBench
}

/** The bench of an arch. Machines are made on demand. */
export function archBench<Options>(
  plugin: ArchDefinition<Options>,
  options: ArchSuiteOptions,
): ArchBench {
  const { archOptions, description } = options
  const said = { ...description, ...(archOptions && { archOptions }) }
  const describe = (change: Partial<MachineDescription> = {}): MachineDescription =>
    describeGuest(plugin.name, { ...said, ram: ramOf(plugin, said), ...change })
  const boot = (change?: Partial<MachineDescription>): Machine =>
    createMachine(describe(change), {
      archs: [plugin],
      drivers: [],
      kernels: GENERATIONS,
      subsystems: SUBSYSTEMS,
    })
  const fresh = renewed(() => warmUp(boot()))
  let found: readonly Range[] | undefined
  const windows = (): readonly Range[] => {
    found ??= canAdd(boot()) ? windowsOf(boot()) : []
    return found
  }
  return {
    options,
    draws: (times = 1) => drawsOf(options, times),
    describe,
    boot,
    fresh,
    windows,
    ends: () => [...new Set([...windows().slice(0, 1), ...windows().slice(-1)])],
    small() {
      const ram = ramOf(plugin, said, 2)
      return archBench(plugin, { ...options, description: { ...description, ram } })
    },
  }
}

/** Takes the first block of each window and the last in, and takes that back at its last step. */
function warmUp(machine: Machine): Machine {
  const heal = injectStepFault(machine, (step) =>
    step.step === 'blocks' ? injected(pointOfStep(step), 'ENOMEM') : undefined,
  )
  for (const { start, end } of windowsOf(machine)) {
    for (const block of [start, end - 1])
      refusalOf(() => addBlocks(machine, { start: block, end: block + 1 }))
  }
  heal()
  return machine
}

/** First byte beyond boot memory, and beyond all that can be mapped. */
function reachOf({ arch, description }: Machine): Range {
  return {
    start: Math.max(...description.ram.map((range) => range.end)),
    end: arch.mappable.end,
  }
}

/** Whether the arch takes memory in at all: asked of the first block beyond boot memory. */
function canAdd(machine: Machine): boolean {
  const { blockBytes: unit } = machine.geometry
  const start = Math.ceil(reachOf(machine).start / unit)
  const range = blockBytes(machine, { start, end: start + 1 })
  return machine.arch.canAdd(machine, range).kind === 'allowed'
}

function windowsOf(machine: Machine): readonly Range[] {
  const { blockBytes: unit } = machine.geometry
  const reach = reachOf(machine)
  const first = Math.ceil(reach.start / unit)
  const last = Math.floor(reach.end / unit)
  const spans = machine.arch.mapping.tables?.levels.map(({ shift }) => shift) ?? [30, 39]
  const boundaries = spans
    .map((shift) => alignUp(reach.start + HALF_WINDOW * unit, 2 ** shift))
    .filter((at) => at < reach.end)
    .map((at) => alignDown(at, unit) / unit)
  const windows = [first + HALF_WINDOW, ...boundaries, last - HALF_WINDOW].map((at) => ({
    start: Math.max(first, at - HALF_WINDOW),
    end: Math.min(last, at + HALF_WINDOW),
  }))
  // Windows that meet would be warmed up twice.
  const sorted = windows.toSorted((a, b) => a.start - b.start)
  return sorted.filter((window, i) => i === 0 || (sorted[i - 1]?.end ?? 0) <= window.start)
}

/** The bytes of a range of blocks. */
export const blockBytes = (machine: Machine, blocks: Range): PhysRange => ({
  start: physAddr(blocks.start * machine.geometry.blockBytes),
  end: physAddr(blocks.end * machine.geometry.blockBytes),
})

/** Adds blocks to node 1, which has no memory at boot, unless told otherwise. */
export const addBlocks = (machine: Machine, blocks: Range, node = 1): void =>
  addMemory(machine, { range: blockBytes(machine, blocks), nodeId: nodeId(node) })

/**
 * The machine's memory as plain data that no longer changes. The firmware map is left out: it is core's, it counts on,
 * and it forgets only ranges as they were added.
 */
export function picture(machine: Machine): CanonicalMemory {
  const { state } = takeSnapshot(machine)
  const { firmwareMap, ...memory } = canonicalMemory({ ...machine, state })
  invariant(firmwareMap !== undefined, 'A machine has a firmware map.')
  return memory
}
