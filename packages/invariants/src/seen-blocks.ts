import { type BlockId, type BlockTable, blockId, type Machine, type MemoryBlock } from '@memhp/core'
import { findBlock, findBlockIn } from '@memhp/core/inspect'
import { isAlike } from './difference'

/** A block as it was at one moment. */
export type BlockView = Readonly<MemoryBlock>

/** The blocks of a machine at one moment. Those of the moment before a step are known until the next one. */
export interface SeenBlocks {
  /** The block of a number; undefined where there was none. */
  get(id: BlockId): BlockView | undefined
  /** Blocks that were changed since boot, or came after it. */
  separated(): readonly BlockView[]
}

/** A block that was written, came or went. */
export interface BlockChange {
  readonly id: BlockId
  readonly was: BlockView | undefined
  readonly is: BlockView | undefined
}

/** Blocks that were in a run and are in none: those that were written, or lost. Runs are ascending. */
function blocksOutside(before: BlockTable['runs'], now: BlockTable['runs']): readonly BlockId[] {
  const outside: BlockId[] = []
  let next = 0
  for (const { start, end } of before) {
    for (let at: number = start; at < end; ) {
      while ((now[next]?.end ?? end) <= at) next += 1
      const run = now[next]
      if (run !== undefined && run.start <= at) at = run.end
      else outside.push(blockId(at++))
    }
  }
  return outside
}

/** Knows the blocks of a machine as they were when last looked at. */
export class BlockMemo implements SeenBlocks {
  #runs: BlockTable['runs']
  readonly #separated: Map<BlockId, MemoryBlock>

  constructor({ state }: Machine) {
    const { runs, separated } = state.memory.blocks
    this.#runs = [...runs]
    this.#separated = new Map([...separated].map(([id, block]) => [id, { ...block }]))
  }

  get(id: BlockId): BlockView | undefined {
    return findBlockIn({ runs: this.#runs, separated: this.#separated }, id)
  }

  separated(): readonly BlockView[] {
    return [...this.#separated.values()]
  }

  /**
   * Looks again at blocks that may have changed, and at those that left a run without being written: none should.
   * @returns those that did, ascending, and the blocks as they were
   */
  update(
    machine: Machine,
    written: ReadonlySet<BlockId>,
  ): { readonly changes: readonly BlockChange[]; readonly before: SeenBlocks } {
    if (written.size === 0) return { changes: [], before: this }
    const { runs, separated } = machine.state.memory.blocks
    const ids = [...new Set([...written, ...blocksOutside(this.#runs, runs)])].sort((a, b) => a - b)
    const old = ids.map((id) => this.get(id))
    this.#runs = [...runs]
    const changes = new Map<BlockId, BlockChange>()
    for (const [i, id] of ids.entries()) {
      const was = old[i]
      const block = separated.get(id)
      const is = block === undefined ? findBlock(machine, id) : { ...block }
      if (block === undefined || is === undefined) this.#separated.delete(id)
      else this.#separated.set(id, is)
      if (!isAlike(was, is)) changes.set(id, { id, was, is })
    }
    const before = changes.size === 0 ? this : this.#without(changes)
    return { changes: [...changes.values()], before }
  }

  /** The blocks before the changes. */
  #without(changes: ReadonlyMap<BlockId, BlockChange>): SeenBlocks {
    return {
      get: (id) => {
        const change = changes.get(id)
        return change === undefined ? this.get(id) : change.was
      },
      separated: () => [
        ...this.separated().filter(({ id }) => !changes.has(id)),
        ...[...changes.values()].flatMap(({ was }) => was ?? []),
      ],
    }
  }
}
