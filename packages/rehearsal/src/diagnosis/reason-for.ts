import type { ErrorDetail, Machine } from '@memhp/core'
import { PAGE_KIND, type PageKindName, type Resource } from '@memhp/core/inspect'
import type { JournalEntry, PlanStep, ReasonKind } from '@memhp/planner'
import { lookAtPage, type PageEvidence } from './page-evidence'

/** Why a step failed, and the page that it failed at. */
export interface FoundReason {
  readonly reason: ReasonKind
  readonly page: PageEvidence | null
}

/** What a page of each kind means when it cannot be isolated. */
const REASON_OF_KIND: Partial<Readonly<Record<PageKindName, ReasonKind>>> = {
  reserved: 'reserved-at-boot',
  slab: 'kernel-memory',
  table: 'page-table',
  memmap: 'memmap',
  selfHostedMemmap: 'memmap',
  withheld: 'withheld',
  hugetlb: 'huge-pages',
  hugetlbFree: 'huge-pages',
  hugetlbTail: 'huge-pages',
  lru: 'pinned',
}

const isPageKind = (value: unknown): value is PageKindName =>
  typeof value === 'string' && Object.hasOwn(PAGE_KIND, value)

function pageIn(machine: Machine, detail: ErrorDetail): PageEvidence | null {
  const { pfn, kind } = detail
  if (typeof pfn !== 'number') return null
  return lookAtPage(machine, pfn, isPageKind(kind) ? kind : undefined)
}

/** Reserved memory that /proc/iomem gives a name. */
function namedReserve(machine: Machine, address: number): ReasonKind | undefined {
  const find = (resources: readonly Resource[]): ReasonKind | undefined => {
    for (const { start, end, name, children } of resources) {
      if (address < start || address > end) continue
      if (name === 'Crash kernel') return 'crash-kernel'
      if (name.startsWith('Kernel ')) return 'kernel-image'
      return find(children)
    }
    return undefined
  }
  return find(machine.state.memory.resources.children)
}

function unmovable(machine: Machine, detail: ErrorDetail): FoundReason {
  const page = pageIn(machine, detail)
  if (page === null) return { reason: 'unknown', page }
  const { pfn } = page
  if (machine.subsystems.contiguousMemory?.firstIn(machine, { start: pfn, end: pfn + 1 }) === pfn)
    return { reason: 'contiguous-memory', page }
  const named = page.kind === 'reserved' ? namedReserve(machine, page.address) : undefined
  return { reason: named ?? REASON_OF_KIND[page.kind] ?? 'unknown', page }
}

/** A kernel that goes on for ever: the first page that did not move tells why. */
function stalled(machine: Machine, detail: ErrorDetail): FoundReason {
  const failed: unknown = Array.isArray(detail.failed) ? detail.failed[0] : undefined
  if (typeof failed !== 'object' || failed === null) return { reason: 'no-room', page: null }
  const { reason, ...where } = failed as ErrorDetail
  const page = pageIn(machine, where)
  if (reason === 'pinned') return { reason: 'pinned', page }
  return { reason: page?.kind === 'hugetlb' ? 'huge-pages' : 'no-room', page }
}

/** Whether a step removes memory that the arch does not give back. */
const isKept = (machine: Machine, step: PlanStep): boolean =>
  step.kind === 'remove' &&
  step.ranges.some((range) => machine.arch.canRemove(machine, range).kind !== 'allowed')

/** Finds the reason of a failed step on the machine that it failed on. */
export function reasonFor(machine: Machine, { step, result }: JournalEntry): FoundReason {
  if (result.kind === 'inconsistent') {
    const cameBack = result.found.some(({ kind }) => kind === 'block-came-back')
    const reason = cameBack ? 'policy' : isKept(machine, step) ? 'unsupported' : 'unknown'
    return { reason, page: null }
  }
  if (result.kind !== 'refused') return { reason: 'unknown', page: null }
  const { code, detail } = result
  switch (code) {
    case 'UNMOVABLE_PAGE':
      return unmovable(machine, detail)
    case 'OFFLINE_STALLED':
      return stalled(machine, detail)
    case 'BLOCK_WITHOUT_ZONE':
      return { reason: 'mixed-zones', page: null }
    case 'BLOCK_HAS_HOLES':
      return { reason: 'hole', page: null }
    case 'ALREADY_ISOLATED':
      return { reason: 'isolated', page: pageIn(machine, detail) }
    case 'DISSOLVE_FAILED':
      return { reason: 'huge-pages', page: pageIn(machine, detail) }
    case 'NOTIFIER_REFUSED':
      return { reason: 'notifier', page: null }
    case 'DEVICE_NOT_EJECTABLE':
    case 'REMOVE_UNSUPPORTED':
      return { reason: 'unsupported', page: null }
    default:
      return { reason: 'unknown', page: null }
  }
}
