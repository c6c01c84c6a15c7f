// The state of every block as columns, one entry a place of the layout.
import type { BlockCell, MachineView, Verdict } from '../protocol/machine-view'
import type { BlockChange, Timeline } from '../protocol/timeline'
import { type Layout, type NodeRange, placeBlocks, slotOf } from './layout'

/** States by their numbers in `BlockColumns.state`. */
export const STATES = ['absent', 'offline', 'online', 'going-offline'] as const
/** Verdicts by their numbers in `BlockColumns.verdict`. */
export const VERDICTS: readonly Verdict[] = [
  'unknown',
  'goes',
  'refuses',
  'stalls',
  'already-offline',
]

/** Numbers of words in the order in which they come. */
class Names {
  readonly list: string[] = []
  readonly #numbers = new Map<string, number>()

  /** @returns 0 for null, from 1 for words */
  number(name: string | null): number {
    if (name === null) return 0
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.list.push(name)
    this.#numbers.set(name, this.list.length)
    return this.list.length
  }

  name(number: number): string | null {
    return this.list[number - 1] ?? null
  }
}

/** Every stretch of blocks that a machine has, or comes to have. */
function rangesOf(machine: MachineView, timeline: Timeline | null): readonly NodeRange[] {
  const ranges: NodeRange[] = machine.runs.map(({ start, end, cell }) => ({
    start,
    end,
    node: cell.node,
  }))
  const isKnown = (id: number): boolean =>
    machine.runs.some(({ start, end }) => start <= id && id < end)
  const came = new Map<number, number>()
  for (const frame of timeline?.frames ?? []) {
    for (const { id, before, after } of frame.blocks) {
      const node = after?.node ?? before?.node
      if (node !== undefined && !isKnown(id) && !came.has(id)) came.set(id, node)
    }
  }
  for (const [id, node] of came) ranges.push({ start: id, end: id + 1, node })
  return ranges
}

/** All blocks of a machine at one moment. */
export class BlockColumns {
  readonly layout: Layout
  readonly zones = new Names()
  readonly devices = new Names()
  readonly state: Uint8Array
  readonly node: Uint16Array
  readonly zone: Uint8Array
  readonly device: Uint16Array
  readonly early: Uint8Array
  readonly verdict: Uint8Array

  constructor(machine: MachineView, timeline: Timeline | null) {
    this.layout = placeBlocks(rangesOf(machine, timeline))
    const { slots } = this.layout
    this.state = new Uint8Array(slots)
    this.node = new Uint16Array(slots)
    this.zone = new Uint8Array(slots)
    this.device = new Uint16Array(slots)
    this.early = new Uint8Array(slots)
    this.verdict = new Uint8Array(slots)
    for (const { start, end, cell } of machine.runs) this.#fill({ start, end }, cell)
    for (const { start, end, verdict } of machine.outlook?.runs ?? []) {
      this.#each(
        { start, end },
        (from, to) => void this.verdict.fill(VERDICTS.indexOf(verdict), from, to),
      )
    }
  }

  /** Goes one moment on, or back. */
  apply(changes: readonly BlockChange[], direction: 'on' | 'back'): void {
    for (const { id, before, after } of changes) {
      const slot = slotOf(this.layout, id)
      if (slot !== -1) this.#put(slot, slot + 1, direction === 'on' ? after : before)
    }
  }

  /** The block at a place; null where it does not exist now. */
  cell(slot: number): BlockCell | null {
    const state = STATES[this.state[slot] ?? 0] ?? 'absent'
    if (state === 'absent') return null
    return {
      state,
      node: this.node[slot] ?? 0,
      zone: this.zones.name(this.zone[slot] ?? 0),
      device: this.devices.name(this.device[slot] ?? 0),
      early: this.early[slot] === 1,
    }
  }

  verdictAt(slot: number): Verdict {
    return VERDICTS[this.verdict[slot] ?? 0] ?? 'unknown'
  }

  #fill(range: { readonly start: number; readonly end: number }, cell: BlockCell): void {
    this.#each(range, (from, to) => this.#put(from, to, cell))
  }

  #put(from: number, to: number, cell: BlockCell | null): void {
    this.state.fill(STATES.indexOf(cell?.state ?? 'absent'), from, to)
    if (cell === null) return
    this.node.fill(cell.node, from, to)
    this.zone.fill(this.zones.number(cell.zone), from, to)
    this.device.fill(this.devices.number(cell.device), from, to)
    this.early.fill(cell.early ? 1 : 0, from, to)
  }

  /** Calls with the places of a range, stretch by stretch. */
  #each(
    range: { readonly start: number; readonly end: number },
    act: (from: number, to: number) => void,
  ): void {
    for (const { segments } of this.layout.panels) {
      for (const { start, end, slot } of segments) {
        const [from, to] = [Math.max(start, range.start), Math.min(end, range.end)]
        if (from < to) act(slot + from - start, slot + to - start)
      }
    }
  }
}
