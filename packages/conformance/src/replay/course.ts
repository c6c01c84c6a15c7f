import {
  type BlockId,
  createMachine,
  type Machine,
  type Plugins,
  restoreSnapshot,
  type Snapshot,
  takeSnapshot,
} from '@memhp/core'
import { blockRange, claimKernelChunk } from '@memhp/core/inspect'
import { type Answer, openSession, type Session, type TraceStep } from '@memhp/trace'
import { applyHints, applyRemovable, blockForChunk, type Hints } from './hints'
import { answerResized } from './resize-hints'
import { additionsOf, emptyBlocks, withoutRoomIn } from './shields'

/**
 * A step that was carried out, the blocks of the chunks that the kernel turned out to have before it, and those in which it turned out
 * to have placed nothing.
 */
interface Done {
  readonly step: TraceStep
  readonly chunks: BlockId[]
  readonly shielded: BlockId[]
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
  /** Absent until it is needed where the machine can be made anew: nothing was placed in it before the first step. */
  #start: Start | undefined
  readonly #plugins: Plugins
  /** Whether `removable` of the kernel tells of chunks that the model does not know of. */
  readonly mayGiveChunks: boolean
  #shieldCount = 0
  readonly #hints: Hints = new Map()
  #hintCount = 0
  readonly #done: Done[] = []

  /**
   * @param boot the kernel's flat view before the first step
   * @param plugins those that the machine was made with
   */
  constructor(machine: Machine, boot: Readonly<Record<string, string>>, plugins: Plugins) {
    this.session = openSession(machine)
    this.#plugins = plugins
    this.#hintCount += applyRemovable(machine, this.#hints, boot)
    this.mayGiveChunks = machine.generation.rules.sysfs.removable === 'predicted'
    if (this.mayGiveChunks) {
      const hints = new Map(this.#hints)
      this.#start = { machine: takeSnapshot(machine), hints, hintCount: this.#hintCount }
    }
  }

  /** Unmovable pages and chunks that were given so far, and steps for which blocks were shielded. */
  get hintCount(): number {
    return this.#hintCount + this.#shieldCount
  }

  /** Gives what the step shows before it is carried out. */
  begin(step: TraceStep): void {
    this.#done.push({ step, chunks: [], shielded: [] })
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

  /**
   * Goes back to before the last step, and on the way there keeps what describes added memory (struct pages, page tables) out of blocks
   * that could go offline in it, and on the model cannot: the kernel had placed it elsewhere.
   * @returns whether there were any: the step, which is to be carried out again, may come out otherwise
   */
  shield(step: TraceStep): boolean {
    const { machine } = this.session
    const empty = emptyBlocks(machine, step)
    if (empty.length === 0) return false
    const adding = additionsOf(machine, this.#done.slice(0, -1))
    if (adding.length === 0) return false
    for (const { shielded } of adding) shielded.push(...empty)
    this.#shieldCount += 1
    this.#goBack()
    return true
  }

  #goBack(): void {
    const { machine, memory } = this.session
    this.#start ??= this.#startAnew()
    restoreSnapshot(machine, this.#start.machine)
    memory.clear()
    this.#hints.clear()
    for (const [id, page] of this.#start.hints) this.#hints.set(id, page)
    this.#hintCount = this.#start.hintCount
    this.#done.forEach((done, i) => {
      this.#hintCount += applyHints(machine, this.#hints, done.step)
      for (const id of done.chunks) this.#claim(id)
      if (i < this.#done.length - 1) this.#redo(done)
    })
  }

  #startAnew(): Start {
    const machine = createMachine(this.session.machine.description, this.#plugins)
    return { machine: takeSnapshot(machine), hints: new Map(), hintCount: 0 }
  }

  #redo({ step, shielded }: Done): void {
    try {
      withoutRoomIn(this.session.machine, shielded, () => this.answer(step))
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
