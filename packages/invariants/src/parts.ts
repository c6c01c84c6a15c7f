import type { Machine, MemoryNode, Range, Zone } from '@memhp/core'
import type { Resource } from '@memhp/core/inspect'

/**
 * The parts of a machine that invariants speak of. Which blocks and sections were written is logged; the others are
 * small, and compared with what they were. `boot`: what boot decided for good. `runs`: those of blocks and sections that
 * nothing has touched.
 */
export type Part = 'boot' | 'blocks' | 'sections' | 'runs' | SmallPart

type SmallPart =
  | 'zones'
  | 'nodes'
  | 'resources'
  | 'firmware map'
  | 'groups'
  | 'mapping'
  | 'drivers'
  | 'settings'
  | 'notifiers'

/** The values that tell whether a part has changed, as they were: each is compared as it is named again. */
class Values {
  readonly #values: unknown[] = []
  #length = 0
  #isSame = true

  add(value: unknown): void {
    if (this.#values[this.#length] !== value) {
      this.#values[this.#length] = value
      this.#isSame = false
    }
    this.#length += 1
  }

  /** Ends a round. @returns whether all values were as in the last one */
  take(): boolean {
    const isSame = this.#isSame && this.#length === this.#values.length
    if (!isSame) this.#values.length = this.#length
    this.#length = 0
    this.#isSame = true
    return isSame
  }
}

const VALUES: Readonly<Record<SmallPart, (machine: Machine, into: Values) => void>> = {
  zones({ state }, into) {
    const { zones, totalManagedPages, unmanagedPages } = state.memory
    into.add(totalManagedPages)
    into.add(unmanagedPages)
    for (const zone of zones.values()) addZone(zone, into)
  },
  nodes({ state }, into) {
    for (const node of state.memory.nodes.values()) addNode(node, into)
  },
  resources: ({ state }, into) => addResource(state.memory.resources, into),
  'firmware map'({ state }, into) {
    const { entries, nextIndex } = state.memory.firmwareMap
    into.add(nextIndex)
    for (const { index, start, end, type } of entries) {
      into.add(index)
      into.add(start)
      into.add(end)
      into.add(type)
    }
  },
  groups({ state }, into) {
    for (const {
      id,
      presentKernelPages,
      presentMovablePages,
      blocks,
    } of state.memory.groups.values()) {
      into.add(id)
      into.add(presentKernelPages)
      into.add(presentMovablePages)
      for (const block of blocks) into.add(block)
    }
  },
  mapping(machine, into) {
    const { mappings } = machine.state.journal
    into.add(mappings.length)
    into.add(mappings.at(-1))
    const lines = machine.arch.meminfo?.(machine) ?? []
    for (const line of lines) into.add(line)
  },
  drivers: ({ state }, into) => addPlain(state.memory.drivers, into),
  settings: ({ state }, into) => addPlain(state.memory.settings, into),
  notifiers({ state, memoryChain }, into) {
    addPlain(state.memory.injectedNotifierErrors, into)
    for (const { priority } of memoryChain.entries) into.add(priority)
  },
}

const SMALL_PARTS = Object.keys(VALUES) as readonly SmallPart[]

function addZone(zone: Zone, into: Values): void {
  into.add(zone.startPfn)
  into.add(zone.spannedPages)
  into.add(zone.presentPages)
  into.add(zone.presentEarlyPages)
  into.add(zone.managedPages)
  into.add(zone.isInitialised)
  into.add(zone.isolatedPageblocks)
  into.add(zone.perCpuDisabled)
  for (const { start, end } of zone.online.ranges) {
    into.add(start)
    into.add(end)
  }
}

function addNode(node: MemoryNode, into: Values): void {
  into.add(node.id)
  into.add(node.online)
  into.add(node.startPfn)
  into.add(node.spannedPages)
  into.add(node.zones.length)
  into.add(node.hasMemory)
  into.add(node.hasNormalMemory)
  into.add(node.kthreads)
}

function addResource({ name, start, end, children }: Resource, into: Values): void {
  into.add(name)
  into.add(start)
  into.add(end)
  for (const child of children) addResource(child, into)
}

/** Plain data: objects, arrays, Maps, Sets. */
function addPlain(value: unknown, into: Values): void {
  if (typeof value !== 'object' || value === null) into.add(value)
  else if (Array.isArray(value)) {
    into.add(value.length)
    for (const each of value) addPlain(each, into)
  } else if (value instanceof Map) {
    into.add(value.size)
    for (const [key, each] of value) {
      addPlain(key, into)
      addPlain(each, into)
    }
  } else if (value instanceof Set) {
    into.add(value.size)
    for (const each of value) addPlain(each, into)
  } else for (const key in value) addPlain((value as Record<string, unknown>)[key], into)
}

const NOTHING: ReadonlySet<Part> = new Set()

/** What the small parts of a machine were when they were last looked at. */
export class PartMemo {
  readonly #parts = SMALL_PARTS.map((part) => ({ part, values: new Values() }))

  #runs: ReadonlySet<Range> = new Set()

  constructor(machine: Machine) {
    this.takeChanged(machine)
    this.takeNewRuns(machine)
  }

  /** Looks again which runs there are: they are never written, but replaced. @returns those that were not there */
  takeNewRuns({ state }: Machine): readonly Range[] {
    const { blocks, sections } = state.memory
    const found: Range[] = []
    for (const run of blocks.runs) if (!this.#runs.has(run)) found.push(run)
    for (const run of sections.runs) if (!this.#runs.has(run)) found.push(run)
    if (found.length > 0) this.#runs = new Set<Range>([...blocks.runs, ...sections.runs])
    return found
  }

  /**
   * Looks again.
   * @param mayDrivers whether state of drivers was handed out since the last look
   * @returns the parts that are not what they were
   */
  takeChanged(machine: Machine, mayDrivers = true): ReadonlySet<Part> {
    let changed: Set<Part> | undefined
    for (const { part, values } of this.#parts) {
      if (part === 'drivers' && !mayDrivers) continue
      VALUES[part](machine, values)
      if (values.take()) continue
      changed ??= new Set()
      changed.add(part)
    }
    return changed ?? NOTHING
  }
}
