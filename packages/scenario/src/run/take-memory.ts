import {
  allocateTracked,
  allocationOf,
  blockId,
  HotplugError,
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
} from '@memhp/core'
import { blockRange } from '@memhp/core/inspect'
import type { FillAction, HugePagesAction, PinAction, UnmovableAction } from '../format/action'
import { checkFreeName, memoryOf, type Session } from '../session/session'

/** @throws HotplugError OUT_OF_MEMORY (ENOMEM), BAD_ARGUMENT (EEXIST) */
export function fillMemory(session: Session, action: FillAction): void {
  const { machine, memory } = session
  const { name, node, sizeBytes, policy, as } = action
  checkFreeName(session, name)
  const pageCount = Math.ceil(sizeBytes / machine.geometry.pageBytes)
  const owner = allocateTracked(machine, {
    name,
    kind: as,
    pageCount,
    nodeId: nodeId(node),
    policy,
  })
  memory.set(name, { kind: 'owner', id: owner.id })
}

/** @throws HotplugError OUT_OF_MEMORY (ENOMEM) where the block has fewer free pages; none is taken then */
export function placeUnmovable(session: Session, action: UnmovableAction): void {
  const { machine, memory } = session
  const { name, block, pages: wanted } = action
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

/** Takes huge pages of the size of a pageblock. @throws HotplugError OUT_OF_MEMORY (ENOMEM) */
export function takeHugePages(session: Session, action: HugePagesAction): void {
  const { machine, memory } = session
  const { name, node, count, state } = action
  checkFreeName(session, name)
  const pages = { nodeId: nodeId(node), order: Math.log2(machine.geometry.pageblockPages), count }
  reserveHugePages(machine, pages)
  if (state === 'used') useHugePages(machine, pages)
  memory.set(name, { kind: 'huge', ...pages, state })
}

/** Frees what has a name. @throws HotplugError BAD_ARGUMENT (EINVAL) */
export function dropMemory(session: Session, name: string): void {
  const { machine, memory } = session
  const taken = memoryOf(session, name)
  if (taken.kind === 'owner') releaseAllocation(machine, taken.id)
  if (taken.kind === 'pages') for (const page of taken.pages) removeUnmovablePage(machine, page)
  if (taken.kind === 'huge') {
    if (taken.state === 'used') releaseHugePages(machine, taken)
    shrinkHugePool(machine, taken)
  }
  memory.delete(name)
}

/** @throws HotplugError BAD_ARGUMENT (EINVAL) for what was not taken by `fill`, or cannot be pinned */
export function pinMemory(session: Session, { kind, name, pages }: PinAction): void {
  const taken = memoryOf(session, name)
  if (taken.kind !== 'owner') {
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', `"${name}" is nothing that is pinned.`, {
      detail: { name },
    })
  }
  const { machine } = session
  const owned = allocationOf(machine, taken.id).pages
  for (const page of owned.slice(0, pages ?? owned.length)) {
    if (page !== -1) (kind === 'pin' ? pinPage : unpinPage)(machine, pfn(page))
  }
}
