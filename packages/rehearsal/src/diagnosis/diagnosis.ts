import { blockId, type Errno, type ErrorCode, type Machine } from '@memhp/core'
import {
  blockRange,
  countPages,
  findBlock,
  firstObstacle,
  type PageKindName,
} from '@memhp/core/inspect'
import {
  type Execution,
  failedEntry,
  type JournalEntry,
  type Plan,
  type PlanStep,
  REASONS,
  type ReasonKind,
  remediesFor,
} from '@memhp/planner'
import { lookAtPage, type PageEvidence } from './page-evidence'
import { reasonFor } from './reason-for'

/** Pages of one kind that keep a block, by the kind's name and in words. */
export interface ObstacleCount {
  readonly kind: PageKindName | 'pinned'
  readonly pages: number
}

/** Another block of the plan that would refuse too. */
export interface OtherObstacle {
  readonly block: number
  readonly page: PageEvidence
}

/** Why a removal did not happen, and what would help. Plain data. */
export interface Diagnosis {
  readonly step: PlanStep
  /** Null where no file refused: something else happened than was written. */
  readonly errno: Errno | null
  readonly code: ErrorCode | null
  readonly reason: ReasonKind
  /** The reason in words: `kernel memory (slab, stacks, driver buffers)`. */
  readonly title: string
  /** One or two sentences that name the block, the page and its kind. */
  readonly message: string
  readonly block: number | null
  /** The page that stands in the way; null where no single page does. */
  readonly page: PageEvidence | null
  /** What else of that block can neither move nor go, in pages. */
  readonly inTheWay: readonly ObstacleCount[]
  /** Other blocks of the plan with an obstacle. */
  readonly others: readonly OtherObstacle[]
  /** What a person can do, best first. */
  readonly remedies: readonly string[]
}

const COUNTED = ['reserved', 'slab', 'table', 'memmap', 'withheld', 'pinned'] as const

function countObstacles(machine: Machine, block: number): readonly ObstacleCount[] {
  const counts = countPages(machine, blockRange(machine, blockId(block)))
  return COUNTED.map((kind) => ({ kind, pages: counts[kind] })).filter(({ pages }) => pages > 0)
}

/** The first obstacle of every other block that is to go. */
function otherObstacles(machine: Machine, plan: Plan, failed: number | null): OtherObstacle[] {
  return plan.blocks.flatMap(({ id }): readonly OtherObstacle[] => {
    if (id === failed || findBlock(machine, id)?.state !== 'online') return []
    const obstacle = firstObstacle(machine, blockRange(machine, id))
    if (obstacle === undefined) return []
    return [{ block: id, page: lookAtPage(machine, obstacle.pfn, obstacle.kind) }]
  })
}

const VAGUE: ReadonlySet<ReasonKind> = new Set<ReasonKind>(['unknown', 'notifier', 'unsupported'])

function messageFor(
  entry: JournalEntry,
  found: { readonly reason: ReasonKind; readonly page: PageEvidence | null },
): string {
  const { step, result } = entry
  const who = step.kind === 'offline' ? `memory${step.block}` : step.name
  if (result.kind === 'inconsistent') return result.found.map(({ message }) => message).join(' ')
  if (result.kind !== 'refused') return `${who} stays.`
  const { page, reason } = found
  if (page === null) {
    // The kernel's own words add to the reason only where nothing more precise is known.
    const words = VAGUE.has(reason) ? ` ${result.message}` : ''
    return `${who} stays: ${REASONS[reason].title}.${words}`
  }
  const zone = page.zone === null ? '' : ` in zone ${page.zone}`
  const owner = page.owner === null ? '' : `, of “${page.owner}”`
  const stays = `${who} stays because of page 0x${page.pfn.toString(16)}${zone}: ${page.words}${owner}.`
  return result.code === 'OFFLINE_STALLED'
    ? `${stays} The kernel would try for ever; the model stops it as a signal would.`
    : stays
}

/**
 * Finds out why a run on a machine ended badly. To be asked right after the run, and after it was undone.
 * @returns null for a run that no step refused
 */
export function diagnose(machine: Machine, plan: Plan, execution: Execution): Diagnosis | null {
  const entry = failedEntry(execution)
  if (entry === undefined) return null
  const { step, result } = entry
  const block = step.kind === 'offline' ? step.block : null
  const { reason, page } = reasonFor(machine, entry)
  return {
    step,
    errno: result.kind === 'refused' ? result.errno : null,
    code: result.kind === 'refused' ? result.code : null,
    reason,
    title: REASONS[reason].title,
    message: messageFor(entry, { reason, page }),
    block,
    page,
    inTheWay: block === null ? [] : countObstacles(machine, block),
    others: otherObstacles(machine, plan, block),
    remedies: remediesFor(reason),
  }
}
