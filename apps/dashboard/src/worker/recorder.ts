import { type Machine, type Snapshot, takeSnapshot } from '@memhp/core'
import { logWrites, type WatchedStep, type WriteLog, watchSteps } from '@memhp/core/inspect'
import type { Scope } from '@memhp/rehearsal'
import type { BlockCell } from '../protocol/machine-view'
import type {
  BlockChange,
  DeedView,
  FaultWish,
  FileChange,
  Frame,
  Structures,
  Timeline,
  ZoneView,
} from '../protocol/timeline'
import { blockCell, type DeviceFinder, deviceFinder, sameCell } from './block-cells'
import { cellsOfBlock } from './cells'
import { PointWatch } from './points'
import { type Counted, countOn, fileChanges, structuresOf, zonesOf } from './structures'
import { TableHistory } from './table-history'

/** Deeds of which the machine is kept as it was behind them; pages of others are shown as the last of these left them. */
const MOST_SNAPSHOTS = 256

/** What a deed begins with; the rest is known when it is over. */
export type DeedHead = Pick<DeedView, 'title' | 'command' | 'blocks' | 'isUndo'>
/** What it ends with. */
export type DeedEnd = Pick<DeedView, 'outcome' | 'errno' | 'message'> &
  Partial<Pick<DeedView, 'differences'>>

/** What a recording is about. */
export interface Recorded {
  /** The memory whose structures are counted. */
  readonly scope: Scope
  /** Nodes that are to go with it. */
  readonly going: ReadonlySet<number>
  /** Every block that may change. */
  readonly watched: readonly number[]
  /** Whether there is a frame after each named step, or only after each deed. */
  readonly steps: 'watched' | 'left out'
  /** What is made to fail; null: nothing. */
  readonly fault: FaultWish | null
}

/** Transactions in whose midst the six structures change. */
const CHANGES_STRUCTURES: readonly string[] = ['remove', 'add']

/** Pages of one block at one moment. */
interface KeptCells {
  readonly frame: number
  readonly block: number
  readonly cells: Uint8Array
}

/** Writes down what happens to a machine: a frame after each named step of a transaction, and after each deed. */
export class Recorder {
  readonly deeds: DeedView[] = []
  /** Page tables by mapping, at the moments of `Timeline.structures`. */
  readonly tables = { direct: new TableHistory(), vmemmap: new TableHistory() } as const
  readonly #frames: Frame[] = []
  readonly #structures: Structures[] = []
  readonly #zones: (readonly ZoneView[])[] = []
  /** The machine behind each deed; the first is before all. */
  readonly #snapshots: Snapshot[] = []
  readonly #machine: Machine
  readonly #scope: Scope
  readonly #going: ReadonlySet<number>
  readonly #log: WriteLog
  readonly #ends: (() => void)[]
  readonly #fault: FaultWish | null
  /** Null where steps are left out: points are passed anew with them. */
  readonly #points: PointWatch | null
  readonly #kept: KeptCells[] = []
  readonly #cells = new Map<number, BlockCell | null>()
  readonly #base: { readonly uevents: number; readonly log: number }
  #touched = new Set<number>()
  #counted: Counted
  #deviceOf: DeviceFinder
  #head: DeedHead | null = null
  #brokeAt: number | null = null

  constructor(machine: Machine, { scope, going, watched, steps, fault }: Recorded) {
    this.#machine = machine
    this.#scope = scope
    this.#going = going
    const { journal } = machine.state
    this.#base = { uevents: journal.uevents.length, log: journal.log.length }
    const { log, end } = logWrites(machine)
    this.#log = log
    this.#ends = [end]
    this.#fault = fault
    this.#points = steps === 'left out' ? null : this.#watchPoints()
    if (steps === 'watched') this.#ends.push(watchSteps(machine, (step) => this.#watch(step)))
    this.#deviceOf = deviceFinder(machine)
    for (const id of watched) this.#cells.set(id, blockCell(machine, id, this.#deviceOf))
    this.#counted = countOn(machine, scope)
    this.#push(null, 'counted', [])
    this.#snapshots.push(takeSnapshot(machine))
  }

  begin(head: DeedHead): void {
    this.#head = head
    this.#points?.begin()
    this.#deviceOf = deviceFinder(this.#machine)
  }

  end(end: DeedEnd): void {
    const head = this.#head
    if (head === null) return
    this.#deviceOf = deviceFinder(this.#machine)
    this.#frame(null)
    this.#touched = new Set()
    this.#head = null
    this.deeds.push({ ...head, differences: null, ...end })
    if (this.#snapshots.length < MOST_SNAPSHOTS) this.#snapshots.push(takeSnapshot(this.#machine))
  }

  /** Ends the recording. */
  stop(): void {
    for (const end of this.#ends) end()
  }

  /** All that was written down, and what the kernel said meanwhile. */
  told(): Omit<Timeline, 'outcome' | 'why' | 'balanced'> {
    const { uevents, log } = this.#machine.state.journal
    return {
      deeds: this.deeds,
      frames: this.#frames,
      structures: this.#structures,
      zones: this.#zones,
      uevents: uevents
        .slice(this.#base.uevents)
        .map(({ action, devpath }) => `${action} ${devpath}`),
      log: log.slice(this.#base.log).map(({ text }) => text),
      fault: this.#fault,
      brokeAt: this.#brokeAt,
      points: this.#points?.told() ?? {},
    }
  }

  /** Pages of a block at a frame. */
  cells(block: number, frame: number): Uint8Array {
    const deed = this.#frames[frame]?.deed ?? 0
    const kept = this.#kept.findLast((each) => each.block === block && each.frame <= frame)
    if (kept !== undefined && this.#frames[kept.frame]?.deed === deed) return kept.cells
    const isEnd = this.#frames[frame]?.step === null
    const snapshot = this.#snapshots[Math.min(deed + (isEnd ? 1 : 0), this.#snapshots.length - 1)]
    const state = frame === 0 ? this.#snapshots[0]?.state : snapshot?.state
    return cellsOfBlock({ ...this.#machine, state: state ?? this.#machine.state }, block)
  }

  #watchPoints(): PointWatch {
    const underWay = (): number | null => (this.#head === null ? null : this.deeds.length)
    const watch = new PointWatch(this.#machine, this.#fault, underWay)
    this.#ends.push(() => watch.end())
    return watch
  }

  #watch(step: WatchedStep): void {
    if (this.#head !== null) this.#frame(step)
  }

  #frame(step: WatchedStep | null): void {
    if (this.#points === null) this.#look(step)
    else this.#points.whileLooking(() => this.#look(step))
  }

  #look(step: WatchedStep | null): void {
    for (const id of this.#log.blocks) this.#touched.add(id)
    this.#log.blocks.clear()
    this.#log.sections.clear()
    const blocks = this.#blockChanges()
    const isCounted = step === null || CHANGES_STRUCTURES.includes(step.operation)
    const before = this.#counted
    if (isCounted) this.#counted = countOn(this.#machine, this.#scope)
    const files = isCounted ? fileChanges(before, this.#counted) : []
    this.#push(step, isCounted ? 'counted' : 'as before', blocks, files)
    this.#keepCells()
  }

  #blockChanges(): readonly BlockChange[] {
    return [...this.#touched].flatMap((id): readonly BlockChange[] => {
      const before = this.#cells.get(id) ?? null
      const now = blockCell(this.#machine, id, this.#deviceOf)
      // A device that is on its way out has let go of its ranges already.
      const after =
        now !== null && now.device === null ? { ...now, device: before?.device ?? null } : now
      if (sameCell(before, after)) return []
      this.#cells.set(id, after)
      return [{ id, before, after }]
    })
  }

  #push(
    step: WatchedStep | null,
    structures: 'counted' | 'as before',
    blocks: readonly BlockChange[],
    files: readonly FileChange[] = [],
  ): void {
    if (
      structures === 'counted' &&
      pushNew(this.#structures, structuresOf(this.#counted, this.#going))
    ) {
      this.tables.direct.push(this.#counted.trees.direct)
      this.tables.vmemmap.push(this.#counted.trees.vmemmap)
    }
    pushNew(this.#zones, zonesOf(this.#machine))
    const { uevents, log } = this.#machine.state.journal
    if (this.#points?.hasFailed === true) this.#brokeAt ??= this.#frames.length
    this.#frames.push({
      deed: this.deeds.length,
      step:
        step === null
          ? null
          : {
              operation: step.operation,
              step: step.step,
              phase: step.phase,
              mayFail: step.mayFail,
            },
      points: this.#points?.take() ?? [],
      blocks,
      files: [...blocks.flatMap(stateFile), ...files],
      structures: this.#structures.length - 1,
      zones: this.#zones.length - 1,
      uevents: uevents.length - this.#base.uevents,
      log: log.length - this.#base.log,
    })
  }

  #keepCells(): void {
    const [block] = this.#head?.blocks ?? []
    if (block === undefined || this.#head?.blocks.length !== 1) return
    const cells = cellsOfBlock(this.#machine, block)
    const last = this.#kept.at(-1)
    const isSame = last?.block === block && last.cells.every((cell, at) => cell === cells[at])
    this.#kept.push({ frame: this.#frames.length - 1, block, cells: isSame ? last.cells : cells })
  }
}

/** Appends what is another than the last. @returns whether it is */
function pushNew<T>(list: T[], value: T): boolean {
  const isNew = list.length === 0 || JSON.stringify(list.at(-1)) !== JSON.stringify(value)
  if (isNew) list.push(value)
  return isNew
}

/** What a reader of the block's files finds changed. */
function stateFile({ id, before, after }: BlockChange): readonly FileChange[] {
  const directory = `/sys/devices/system/memory/memory${id}/`
  if (before === null || after === null) {
    const text = (cell: BlockCell | null): string | null => cell?.state ?? null
    return [{ path: directory, before: text(before), after: text(after) }]
  }
  if (before.state === after.state) return []
  return [{ path: `${directory}state`, before: before.state, after: after.state }]
}
