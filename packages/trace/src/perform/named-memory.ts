import {
  allocateTracked,
  allocationOf,
  blockId,
  HotplugError,
  type HugePages,
  type Machine,
  MIB,
  nodeId,
  type Pfn,
  pfn,
  pinPage,
  placeUnmovablePage,
  releaseAllocation,
  releaseHugePages,
  removeUnmovablePage,
  reserveHugePages,
  shrinkHugePool,
  unpinPage,
  useHugePages,
  verifyAllocation,
} from '@memhp/core'
import { blockRange, hugePageOrders } from '@memhp/core/inspect'
import type { FillPolicy, OperationOf } from '../operation'
import { checkFreeName, memoryOf, type Session } from './session'

/** Memory to be allocated under a name. */
interface Allocation {
  readonly name: string
  readonly as: 'file' | 'anonymous' | 'kernel'
  readonly node: number
  readonly mib: number
  readonly policy: FillPolicy
}

/** @throws HotplugError OUT_OF_MEMORY (ENOMEM), BAD_ARGUMENT (EEXIST) for a name that is taken */
export function allocateNamed(session: Session, allocation: Allocation): void {
  const { machine, memory } = session
  const { name, as, node, mib, policy } = allocation
  checkFreeName(session, name)
  const pageCount = Math.ceil((mib * MIB) / machine.geometry.pageBytes)
  const { id } = allocateTracked(machine, {
    name,
    kind: as,
    pageCount,
    nodeId: nodeId(node),
    policy,
  })
  memory.set(name, { kind: 'allocation', id })
}

/** @throws HotplugError OUT_OF_MEMORY (ENOMEM) where the block has fewer free pages; none is taken then */
export function obstruct(session: Session, operation: OperationOf<'obstruct'>): void {
  const { machine, memory } = session
  const { name, block, pages: wanted } = operation
  checkFreeName(session, name)
  const whole = blockRange(machine, blockId(block))
  const pages: Pfn[] = []
  while (pages.length < wanted) {
    const last = pages.at(-1)
    const range = { ...whole, start: last === undefined ? whole.start : pfn(last + 1) }
    const page = placeUnmovablePage(machine, { range })
    if (page === null) {
      for (const taken of pages) removeUnmovablePage(machine, taken)
      const text = `memory${block} has ${pages.length} free pages, and ${wanted} are wanted.`
      throw new HotplugError('OUT_OF_MEMORY', 'ENOMEM', text, { detail: { block, wanted } })
    }
    pages.push(page)
  }
  memory.set(name, { kind: 'pages', pages })
}

/** Huge pages of the size of a pageblock, or of `mib`. @throws HotplugError BAD_ARGUMENT (EINVAL) for a size that there is not */
export function hugePagesOf(
  { geometry }: Machine,
  pages: { readonly node: number; readonly count: number; readonly mib?: number },
): HugePages {
  const orders = hugePageOrders(geometry)
  const mibOf = (order: number): number => (2 ** order * geometry.pageBytes) / MIB
  const order = orders.find((each) => pages.mib === undefined || mibOf(each) === pages.mib)
  if (order === undefined) {
    const text = `There are no huge pages of ${pages.mib} MiB, but of ${orders.map(mibOf).join(' and ')} MiB.`
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { mib: pages.mib } })
  }
  return { nodeId: nodeId(pages.node), order, count: pages.count }
}

/** @throws HotplugError OUT_OF_MEMORY (ENOMEM), BAD_ARGUMENT (EEXIST) for a name that is taken */
export function takeHuge(session: Session, operation: OperationOf<'take-huge'>): void {
  const { machine, memory } = session
  const { name, state } = operation
  checkFreeName(session, name)
  const pages = hugePagesOf(machine, operation)
  reserveHugePages(machine, pages)
  if (state === 'used') useHugePages(machine, pages)
  memory.set(name, { kind: 'huge', ...pages, state })
}

/**
 * Frees what has a name.
 * @returns how many of its pages do not hold what was put there
 * @throws HotplugError BAD_ARGUMENT (EINVAL) for a name that was not given
 */
export function dropNamed(session: Session, name: string): number {
  const { machine, memory } = session
  const taken = memoryOf(session, name)
  const corrupt = taken.kind === 'allocation' ? verifyAllocation(machine, taken.id) : 0
  if (taken.kind === 'allocation') releaseAllocation(machine, taken.id)
  if (taken.kind === 'pages') for (const page of taken.pages) removeUnmovablePage(machine, page)
  if (taken.kind === 'huge') {
    if (taken.state === 'used') releaseHugePages(machine, taken)
    shrinkHugePool(machine, taken)
  }
  memory.delete(name)
  return corrupt
}

/**
 * Takes references to pages of an allocation, or gives them back. Pages that a hardware error took are passed over.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) for what is not an allocation or has no such page, and as `pinPage`
 */
export function pin(session: Session, operation: OperationOf<'pin' | 'unpin'>): void {
  const { machine } = session
  const { op, name, first = 0, pages } = operation
  const taken = memoryOf(session, name)
  const owned: ArrayLike<number> =
    taken.kind === 'allocation' ? allocationOf(machine, taken.id).pages : []
  const asked = Array.from(owned).slice(first, pages === undefined ? undefined : first + pages)
  const found = asked.filter((page) => page !== -1)
  if (found.length === 0) {
    const text = `"${name}" has no such page that can be pinned.`
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { name, first } })
  }
  for (const page of found) (op === 'pin' ? pinPage : unpinPage)(machine, pfn(page))
}
