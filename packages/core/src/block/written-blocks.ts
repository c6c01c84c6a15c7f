import type { BlockId, SectionNr } from '../address/brand'
import { logWrites } from '../machine/write-log'
import type { MemoryBlock } from '../model/block'
import type { Machine } from '../model/machine'
import type { MachineState } from '../model/state'
import type { WriteLog } from '../model/write-log'
import { blockOfSection, findBlock } from './block-table'

type Nodes = Pick<MemoryBlock, 'nodeId' | 'extraNodes'>

/**
 * Numbers what the blocks of a machine were like, for readers that come again: as long as a number is the same, nothing was
 * written. In the course of an operation none is known: what was handed out to be written may be written yet.
 */
export class WrittenBlocks {
  readonly #machine: Machine
  #log: WriteLog | undefined
  #state: MachineState | undefined
  #count = 0
  /** The number when everything was last taken for written. */
  #all = 0
  /** The number when a block last came, went or changed its nodes; when any was written; when the pages of any were. */
  #listed = 0
  #anyBlock = 0
  #anyPages = 0
  readonly #blocks = new Map<BlockId, number>()
  /** The nodes of the blocks that were written. */
  readonly #nodes = new Map<BlockId, Nodes | undefined>()
  readonly #pages = new Map<BlockId, number>()

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** Which blocks there are, and on which nodes. */
  ofList(): number | undefined {
    return this.#isUpToDate() ? this.#listed : undefined
  }

  /** What all blocks are like, but for their pages. */
  ofAll(): number | undefined {
    return this.#isUpToDate() ? this.#anyBlock : undefined
  }

  /** The sections of all blocks, and their pages. */
  ofAllPages(): number | undefined {
    return this.#isUpToDate() ? this.#anyPages : undefined
  }

  /** What the block is like, but for its pages. */
  of(id: BlockId): number | undefined {
    return this.#isUpToDate() ? (this.#blocks.get(id) ?? this.#all) : undefined
  }

  /** The sections of the block, and their pages. */
  ofPages(id: BlockId): number | undefined {
    return this.#isUpToDate() ? (this.#pages.get(id) ?? this.#all) : undefined
  }

  #isUpToDate(): boolean {
    const { activity, state } = this.#machine
    if (activity.phase !== 'idle') return false
    this.#log ??= logWrites(this.#machine).log
    const { blocks, sections } = this.#log
    if (state !== this.#state) this.#takeAll(state)
    else if (blocks.size + sections.size === 0) return true
    else this.#take(this.#log)
    blocks.clear()
    sections.clear()
    return true
  }

  #takeAll(state: MachineState): void {
    this.#state = state
    this.#count += 1
    this.#all = this.#count
    this.#listed = this.#count
    this.#anyBlock = this.#count
    this.#anyPages = this.#count
    this.#blocks.clear()
    this.#nodes.clear()
    this.#pages.clear()
  }

  #take({ blocks, sections }: WriteLog): void {
    this.#count += 1
    if (blocks.size > 0) this.#anyBlock = this.#count
    if (sections.size > 0) this.#anyPages = this.#count
    for (const id of blocks) {
      this.#blocks.set(id, this.#count)
      if (this.#isListedAnew(id)) this.#listed = this.#count
    }
    for (const nr of sections) this.#pages.set(this.#blockOf(nr), this.#count)
  }

  #isListedAnew(id: BlockId): boolean {
    const block = findBlock(this.#machine, id)
    const before = this.#nodes.get(id)
    const isKnown = this.#nodes.has(id)
    this.#nodes.set(id, block && { nodeId: block.nodeId, extraNodes: block.extraNodes })
    return !isKnown || before?.nodeId !== block?.nodeId || before?.extraNodes !== block?.extraNodes
  }

  #blockOf(nr: SectionNr): BlockId {
    return blockOfSection(this.#machine, nr)
  }
}
