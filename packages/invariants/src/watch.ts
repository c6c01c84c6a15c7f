import {
  type BlockId,
  isHotplugError,
  type Machine,
  pluggedDevices,
  type SectionNr,
  sectionNr,
} from '@memhp/core'
import { logWrites, PageLedger, type WriteLog } from '@memhp/core/inspect'
import type { MachineOperation } from '@memhp/trace'
import { attemptOf, wantedWriteOf, writeOf } from './block-write'
import { Ear } from './heard'
import { type Look, lookAtAll, lookAtWritten } from './look'
import { observeParts, type SmallParts } from './observation'
import { type Part, PartMemo } from './parts'
import { BlockMemo } from './seen-blocks'
import type { Outcome, Step } from './step'

type Journal = Machine['state']['journal']

/** What a watch knows of a machine. */
interface Known {
  /** Another object as soon as a snapshot was restored. */
  state: Machine['state']
  readonly parts: PartMemo
  readonly blocks: BlockMemo
  readonly ledger: PageLedger
  small: SmallParts
  /** The last mapping of the journal that was looked at. */
  lastMapping: Journal['mappings'][number] | undefined
}

/** What was written since the last look. */
interface Written {
  readonly parts: Set<Part>
  readonly blocks: Set<BlockId>
  readonly sections: Set<SectionNr>
  /** Sections over which mappings came or went, also where an add failed before it made them. */
  readonly mapped: Set<SectionNr>
}

/**
 * Watches a machine step after step. What it costs follows what the steps touch, not how much the machine has.
 * Invariant: nothing else writes the machine while it is watched, or `look` is told that all may have changed.
 */
export class MachineWatch {
  readonly #machine: Machine
  readonly #log: WriteLog
  readonly #endLog: () => void
  readonly #ear: Ear
  #known: Known
  #written: Written
  /** Whether the ledger knows the sections that were written before the watch began. */
  #isLookedAt = false

  constructor(machine: Machine) {
    this.#machine = machine
    const { log, end } = logWrites(machine)
    this.#log = log
    this.#endLog = end
    this.#ear = new Ear(machine)
    this.#known = know(machine)
    this.#written = nothingWritten()
  }

  /**
   * Carries an operation out and tells all that `checkStep` needs. A refusal is an outcome, not an exception.
   * @param act does it, and lets the machine settle
   */
  step(operation: MachineOperation, act: () => void): Step {
    const machine = this.#machine
    const faulted = machine.faults.size > 0
    const asksFor = nameOfAsked(machine, operation)
    const wanted = wantedWriteOf(machine, operation)
    this.#ear.take()
    const outcome = outcomeOf(act)
    const { before, after, blocks } = this.#update()
    const write = writeOf(machine, wanted, { before: before.blocks, after: after.blocks })
    return {
      ...this.#ear.take(),
      machine,
      operation,
      asksFor,
      outcome,
      before,
      after,
      blocks,
      write,
      attempt: attemptOf(write, machine.generation.rules.sysfs),
      faulted,
    }
  }

  /**
   * What is to be checked: `written` since the last look, or `all`.
   * @returns the look, and the parts that have changed
   */
  look(what: 'written' | 'all'): {
    readonly look: Look
    readonly changed: ReadonlySet<Part> | 'all'
  } {
    const machine = this.#machine
    this.#update()
    const written = this.#written
    this.#written = nothingWritten()
    if (what === 'all' || !this.#isLookedAt) {
      this.#isLookedAt = true
      this.#known = know(machine)
      const { ledger } = this.#known
      const { separated } = machine.state.memory.sections
      const checkPages = () => ledger.check(machine, separated.keys())
      return { look: lookAtAll(machine, checkPages), changed: 'all' }
    }
    const checkPages = () => this.#known.ledger.check(machine, written.sections)
    return { look: lookAtWritten(machine, written, checkPages), changed: written.parts }
  }

  end(): void {
    this.#endLog()
    this.#ear.end()
  }

  /** Takes in what was written. */
  #update(): Pick<Step, 'before' | 'after' | 'blocks'> {
    const machine = this.#machine
    const known = this.#known
    const log = this.#log
    const changed = new Set<Part>()
    if (known.state !== machine.state) this.#compareStates()
    known.parts.addChanged(machine, changed)
    if (changed.has('mapping')) this.#addMapped()
    if (log.sections.size > 0) changed.add('sections')
    const { changes, before } = known.blocks.update(machine, log.blocks)
    if (changes.length > 0) changed.add('blocks')
    const old = { blocks: before, ...known.small }
    known.small = observeParts(machine, { before: known.small, changed })
    for (const part of changed) this.#written.parts.add(part)
    for (const id of log.blocks) this.#written.blocks.add(id)
    for (const nr of log.sections) this.#written.sections.add(nr)
    log.blocks.clear()
    log.sections.clear()
    return { before: old, after: { blocks: known.blocks, ...known.small }, blocks: changes }
  }

  /** A snapshot was restored: what is another than it was counts as written. Untouched sections are the same objects. */
  #compareStates(): void {
    const known = this.#known
    const { memory } = this.#machine.state
    const { sections, blocks } = known.state.memory
    for (const nr of [...sections.separated.keys(), ...memory.sections.separated.keys()]) {
      if (sections.separated.get(nr) === memory.sections.separated.get(nr)) continue
      this.#log.sections.add(nr)
      if (sections.separated.has(nr) !== memory.sections.separated.has(nr))
        this.#written.mapped.add(nr)
    }
    for (const id of [...blocks.separated.keys(), ...memory.blocks.separated.keys()])
      this.#log.blocks.add(id)
    known.ledger.forgetAllocations()
    known.lastMapping = this.#machine.state.journal.mappings.at(-1)
    known.state = this.#machine.state
  }

  #addMapped(): void {
    const { sectionBytes } = this.#machine.geometry
    const { mappings } = this.#machine.state.journal
    const { lastMapping } = this.#known
    const known = lastMapping === undefined ? 0 : mappings.lastIndexOf(lastMapping) + 1
    for (const record of mappings.slice(known)) {
      const end = Math.ceil(record.range.end / sectionBytes)
      for (let nr = Math.floor(record.range.start / sectionBytes); nr < end; nr++)
        this.#written.mapped.add(sectionNr(nr))
    }
    this.#known.lastMapping = mappings.at(-1)
  }
}

const nothingWritten = (): Written => ({
  parts: new Set(),
  blocks: new Set(),
  sections: new Set(),
  mapped: new Set(),
})

function know(machine: Machine): Known {
  const parts = new PartMemo()
  parts.addChanged(machine, new Set())
  return {
    state: machine.state,
    parts,
    blocks: new BlockMemo(machine),
    ledger: new PageLedger(),
    small: observeParts(machine),
    lastMapping: machine.state.journal.mappings.at(-1),
  }
}

function nameOfAsked(machine: Machine, operation: MachineOperation): string | null {
  if (operation.op !== 'unplug') return null
  const plugged = pluggedDevices(machine)
  return plugged.find(({ id }) => id === operation.id)?.name ?? null
}

function outcomeOf(act: () => void): Outcome {
  try {
    act()
    return { kind: 'done' }
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return { kind: 'refused', errno: error.errno, code: error.code }
  }
}
