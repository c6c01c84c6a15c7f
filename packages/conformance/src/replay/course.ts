import {
  type BlockId,
  invariant,
  type Machine,
  restoreSnapshot,
  type Snapshot,
  takeSnapshot,
} from '@memhp/core'
import { blockRange, claimKernelChunk } from '@memhp/core/inspect'
import {
  type Answer,
  answerOperation,
  openSession,
  type Session,
  type TraceStep,
} from '@memhp/trace'
import { applyHints, applyRemovable, blockForChunk, type Hints } from './hints'
import { answerResized } from './resize-hints'

/** A step that was carried out, and the blocks of the chunks that the kernel turned out to have before it. */
interface Done {
  readonly step: TraceStep
  readonly chunks: BlockId[]
}

interface Start {
  readonly machine: Snapshot
  readonly hints: Hints
  readonly hintCount: number
}

/**
 * A machine on its way along a recording, with the hints that it is given. It can go back to before the last step; as that is
 * rare, and a snapshot costs more than a step, it goes from the start once more.
 */
export class Course {
  readonly session: Session
  readonly #start: Start | undefined
  readonly #hints: Hints = new Map()
  #hintCount = 0
  readonly #done: Done[] = []

  /** @param boot the kernel's flat view before the first step */
  constructor(machine: Machine, boot: Readonly<Record<string, string>>) {
    this.session = openSession(machine)
    this.#hintCount += applyRemovable(machine, this.#hints, boot)
    if (machine.generation.rules.sysfs.removable === 'predicted') {
      const hints = new Map(this.#hints)
      this.#start = { machine: takeSnapshot(machine), hints, hintCount: this.#hintCount }
    }
  }

  /** Unmovable pages and chunks that were given so far. */
  get hintCount(): number {
    return this.#hintCount
  }

  /** Whether `removable` of the kernel tells of chunks that the model does not know of. */
  get mayGiveChunks(): boolean {
    return this.#start !== undefined
  }

  /** Gives what the step shows before it is carried out. */
  begin(step: TraceStep): void {
    this.#done.push({ step, chunks: [] })
    this.#hintCount += applyHints(this.session.machine, this.#hints, step)
  }

  /** Carries the step out. */
  answer(step: TraceStep): Answer {
    const { answer, placed } = answerResized(this.session, this.#hints, step)
    this.#hintCount += placed
    return answer
  }

  /** Gives what the step shows after it was carried out. */
  settled({ set }: TraceStep): void {
    this.#hintCount += applyRemovable(this.session.machine, this.#hints, set)
  }

  /**
   * Goes back to before the last step and gives the kernel one more chunk, in a block of which the recording says that it
   * cannot go.
   * @param real the kernel's flat view after the step
   * @returns whether there was one to give: the step, which is to be carried out again, may come out otherwise
   */
  giveChunk(real: ReadonlyMap<string, string>): boolean {
    const { machine } = this.session
    this.#goBack()
    const id = blockForChunk(machine, real, (block) => this.#claim(block))
    if (id === undefined) return false
    this.#done.at(-1)?.chunks.push(id)
    return true
  }

  #goBack(): void {
    invariant(this.#start, 'The start is kept where chunks may be given.')
    const { machine, memory } = this.session
    restoreSnapshot(machine, this.#start.machine)
    memory.clear()
    this.#hints.clear()
    for (const [id, page] of this.#start.hints) this.#hints.set(id, page)
    this.#hintCount = this.#start.hintCount
    this.#done.forEach(({ step, chunks }, i) => {
      this.#hintCount += applyHints(machine, this.#hints, step)
      for (const id of chunks) this.#claim(id)
      if (i < this.#done.length - 1) this.#redo(step)
    })
  }

  #redo(step: TraceStep): void {
    try {
      answerOperation(this.session, step.op)
      this.settled(step)
    } catch {
      // The model broke there the first time, too, and that is told.
    }
  }

  #claim(id: BlockId): boolean {
    const { machine } = this.session
    const isGiven = claimKernelChunk(machine, { range: blockRange(machine, id) })
    if (isGiven) this.#hintCount += 1
    return isGiven
  }
}
