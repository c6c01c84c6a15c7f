import type { Machine } from '@memhp/core'
import type { Resource } from '@memhp/core/inspect'

/**
 * The parts of a machine that invariants speak of. Which blocks and sections were written is logged; the others are
 * small, and compared with what they were. `boot`: what boot decided for good.
 */
export type Part = 'boot' | 'blocks' | 'sections' | SmallPart

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

  push(...values: readonly unknown[]): void {
    for (const value of values) this.add(value)
  }

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
    this.#values.length = this.#length
    this.#length = 0
    this.#isSame = true
    return isSame
  }
}

const VALUES: Readonly<Record<SmallPart, (machine: Machine, into: Values) => void>> = {
  zones({ state }, into) {
    const { zones, totalManagedPages, unmanagedPages } = state.memory
    into.push(totalManagedPages, unmanagedPages)
    for (const zone of zones.values()) {
      into.push(zone.startPfn, zone.spannedPages, zone.presentPages, zone.presentEarlyPages)
      into.push(zone.managedPages, zone.isInitialised, zone.isolatedPageblocks, zone.perCpuDisabled)
      for (const { start, end } of zone.online.ranges) {
        into.add(start)
        into.add(end)
      }
    }
  },
  nodes({ state }, into) {
    for (const node of state.memory.nodes.values()) {
      into.push(node.id, node.online, node.startPfn, node.spannedPages, node.zones.length)
      into.push(node.hasMemory, node.hasNormalMemory, node.kthreads)
    }
  },
  resources: ({ state }, into) => pushResource(state.memory.resources, into),
  'firmware map'({ state }, into) {
    const { entries, nextIndex } = state.memory.firmwareMap
    into.push(nextIndex)
    for (const { index, start, end, type } of entries) into.push(index, start, end, type)
  },
  groups({ state }, into) {
    for (const group of state.memory.groups.values()) {
      into.push(group.id, group.presentKernelPages, group.presentMovablePages, ...group.blocks)
    }
  },
  mapping(machine, into) {
    const { mappings } = machine.state.journal
    into.push(mappings.length, mappings.at(-1), ...(machine.arch.meminfo?.(machine) ?? []))
  },
  drivers: ({ state }, into) => pushPlain(state.memory.drivers, into),
  settings: ({ state }, into) => void into.push(...Object.values(state.memory.settings)),
  notifiers({ state, memoryChain }, into) {
    for (const [event, errno] of state.memory.injectedNotifierErrors) into.push(event, errno)
    for (const { priority } of memoryChain.entries) into.push(priority)
  },
}

const SMALL_PARTS = Object.keys(VALUES) as readonly SmallPart[]

function pushResource({ name, start, end, children }: Resource, into: Values): void {
  into.push(name, start, end)
  for (const child of children) pushResource(child, into)
}

/** Plain data: objects, arrays, Maps, Sets. */
function pushPlain(value: unknown, into: Values): void {
  if (typeof value !== 'object' || value === null) into.add(value)
  else if (value instanceof Map) {
    into.add(value.size)
    value.forEach((each, key) => {
      pushPlain(key, into)
      pushPlain(each, into)
    })
  } else if (value instanceof Set) {
    into.add(value.size)
    value.forEach((each) => void pushPlain(each, into))
  } else if (Array.isArray(value)) {
    into.add(value.length)
    for (const each of value) pushPlain(each, into)
  } else for (const key in value) pushPlain((value as Record<string, unknown>)[key], into)
}

/** What the small parts of a machine were when they were last looked at. */
export class PartMemo {
  readonly #parts = SMALL_PARTS.map((part) => ({ part, values: new Values() }))

  /** Adds the parts that are not what they were: all of them, the first time. */
  addChanged(machine: Machine, changed: Set<Part>): void {
    for (const { part, values } of this.#parts) {
      VALUES[part](machine, values)
      if (!values.take()) changed.add(part)
    }
  }
}
