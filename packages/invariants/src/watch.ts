import {
  type BlockId,
  isHotplugError,
  type Machine,
  pluggedDevices,
  type Range,
  type SectionNr,
  sectionNr,
} from '@memhp/core'
import { logWrites, PageLedger, type WriteLog } from '@memhp/core/inspect'
import type { MachineOperation } from '@memhp/trace'
import { attemptOf, validZonesOf, wantedWriteOf, writeOf } from './block-write'
import { isAlike } from './difference'
import { Ear } from './heard'
import { type Look, lookAtAll, lookAtWritten } from './look'
import { type Observation, observeParts } from './observation'
import { type Part, PartMemo } from './parts'
import { sectionsOfBlock } from './sections-seen'
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
  now: Observation
  /** The last mapping of the journal that was looked at. */
  lastMapping: Journal['mappings'][number] | undefined
}

/** What was written since the last look. */
interface Written {
  readonly parts: Set<Part>
  readonly blocks: Set<BlockId>
  readonly sections: Set<SectionNr>
  /** Of blocks and of sections. */
  readonly runs: Set<Range>
  /** Sections over which mappings came or went, also where an add failed before it made them. */
  readonly mapped: Set<SectionNr>
}

/**
 * Watches a machine step after step. What it costs follows what the steps touch, not how much the machine has.
 * Invariant: nothing else writes the machine while it is watched, or `expectChange` says so.
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
  readonly #validZones = new Map<BlockId, string | null>()
  /** Whether nothing was written since the last step ended. */
  #isUpToDate = false

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
   * @param isFaulted asked when it is done: whether something outside the machine made a part of it fail
   */
  step(operation: MachineOperation, act: () => void, isFaulted?: () => boolean): Step {
    const machine = this.#machine
    const hasFaults = machine.faults.size > 0
    const asksFor = nameOfAsked(machine, operation)
    const wanted = wantedWriteOf(machine, operation)
    const zonesBefore = wanted && this.#validZonesOf(wanted.id)
    this.#ear.take()
    this.#log.drivers = false
    const outcome = outcomeOf(act)
    const { before, after, blocks } = this.#update()
    this.#isUpToDate = true
    const zones = wanted && { before: zonesBefore ?? null, after: this.#validZonesOf(wanted.id) }
    const write = zones && writeOf(wanted, { before: before.blocks, after: after.blocks }, zones)
    const { uevents, notices, platform, log } = this.#ear.take()
    return {
      uevents,
      notices,
      platform,
      log,
      machine,
      operation,
      asksFor,
      outcome,
      before,
      after,
      blocks,
      write,
      attempt: attemptOf(write, machine.generation.rules.sysfs),
      faulted: hasFaults || isFaulted?.() === true,
    }
  }

  /**
   * What is to be checked: `written` since the last look, or `all`.
   * @returns the look, and the parts that have changed; undefined where nothing was written
   */
  look(what: 'written' | 'all'):
    | {
        readonly look: Look
        readonly changed: ReadonlySet<Part> | 'all'
      }
    | undefined {
    const machine = this.#machine
    if (!this.#isUpToDate) {
      this.#log.drivers = true
      this.#update()
    }
    this.#isUpToDate = false
    const written = this.#written
    const isDue = what === 'all' || !this.#isLookedAt
    if (!isDue && written.parts.size === 0) return undefined
    this.#written = nothingWritten()
    if (isDue) {
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

  /** Says that the machine may have been written since the last step. */
  expectChange(): void {
    this.#isUpToDate = false
  }

  end(): void {
    this.#endLog()
    this.#ear.end()
  }

  /** Text of `valid_zones` of a block, read once as long as nothing is written. */
  #validZonesOf(id: BlockId): string | null {
    const known = this.#validZones.get(id)
    if (known !== undefined) return known
    const text = validZonesOf(this.#machine, id)
    this.#validZones.set(id, text)
    return text
  }

  /** Takes in what was written. */
  #update(): Pick<Step, 'before' | 'after' | 'blocks'> {
    const machine = this.#machine
    const known = this.#known
    const log = this.#log
    if (known.state !== machine.state) this.#compareStates()
    const changed = known.parts.takeChanged(machine, log.drivers)
    if (changed.size === 0 && log.blocks.size === 0 && log.sections.size === 0)
      return { before: known.now, after: known.now, blocks: [] }
    this.#validZones.clear()
    if (changed.has('mapping')) this.#addMapped()
    const { changes, before } = known.blocks.update(machine, log.blocks)
    const old = { ...known.now, blocks: before }
    known.now = { blocks: known.blocks, ...observeParts(machine, { before: known.now, changed }) }
    this.#enter(changed, changes)
    const newRuns = known.parts.takeNewRuns(machine)
    if (newRuns.length > 0) this.#written.parts.add('runs')
    for (const run of newRuns) this.#written.runs.add(run)
    log.blocks.clear()
    log.sections.clear()
    return { before: old, after: known.now, blocks: changes }
  }

  /** Adds to what was written. A type that is stored for the next onlining is nothing that a file or a check shows. */
  #enter(changed: ReadonlySet<Part>, changes: Step['blocks']): void {
    const { parts, blocks, sections } = this.#written
    for (const part of changed) parts.add(part)
    for (const { id, was, is } of changes) {
      if (
        was !== undefined &&
        is !== undefined &&
        isAlike({ ...was, pendingType: is.pendingType }, is)
      )
        continue
      parts.add('blocks')
      blocks.add(id)
      if (is === undefined) for (const nr of sectionsOfBlock(this.#machine, id)) sections.add(nr)
    }
    if (this.#log.sections.size > 0) parts.add('sections')
    for (const nr of this.#log.sections) sections.add(nr)
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
    this.#log.drivers = true
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
  runs: new Set(),
  mapped: new Set(),
})

function know(machine: Machine): Known {
  const blocks = new BlockMemo(machine)
  return {
    state: machine.state,
    parts: new PartMemo(machine),
    blocks,
    ledger: new PageLedger(),
    now: { blocks, ...observeParts(machine) },
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
    const { errno, code, detail } = error
    const { notifier } = detail
    return { kind: 'refused', errno, code, ...(typeof notifier === 'string' ? { notifier } : {}) }
  }
}
