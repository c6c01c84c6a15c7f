import { invariant, type Range } from '@memhp/core'
import { BOOT_FRAME_BASE } from '../geometry'
import {
  type HashRegion,
  type HashShape,
  pageHash,
  SEGMENT_BYTES,
  segmentHash,
  type VirtualPage,
  virtualPage,
  xor,
} from './address'
import { type BoltedPage, bolted, emptyGroup, findSlot, isValid, writeEntry } from './entries'
import { type BaselinePages, groupCount, type HashState } from './state'

/*
 * Which pages share a group can be worked out backwards, because a hash is an exclusive or: in one segment, exactly the
 * pages whose number is (hash of the segment) xor (group), modulo the number of groups. And a page has only two
 * groups, one of them the complement of the other. So what boot bolted in a pair of groups costs as many steps as
 * there are segments of 1 TiB, however much memory there is.
 */

/** A page to bolt, and the group that it belongs to first. */
export interface HashedPage extends BoltedPage {
  readonly group: number
}

/** The group that entries go to when the group itself is full. */
export const complementOf = (state: Pick<HashState, 'shift'>, group: number): number =>
  groupCount(state) - 1 - group

/** The group that a page belongs to first. */
export const primaryGroup = (
  state: Pick<HashState, 'shift'>,
  page: VirtualPage,
  pageBytes: number,
): number => pageHash(page, pageBytes) % groupCount(state)

/** A table as far as it says where pages hash to. */
interface Hashing {
  readonly shape: HashShape
  readonly state: Pick<HashState, 'shift'>
}

/** The lower group of a pair. */
export const lowerGroup = (state: Pick<HashState, 'shift'>, group: number): number =>
  Math.min(group, complementOf(state, group))

/** Pages in a form in which those of a pair are found without a look at all others. */
export interface PagesByPair extends Pick<BaselinePages, 'linear' | 'bootVmemmap'> {
  /** Hot-added pages of the memmap by the lower group of their pair. */
  readonly vmemmap: ReadonlyMap<number, readonly HashedPage[]>
}

/** Sorts the hot-added pages of the memmap by their pairs. */
export function pagesByPair({ shape, state }: Hashing, pages: BaselinePages): PagesByPair {
  const { pageBytes } = shape.vmemmap
  const vmemmap = new Map<number, HashedPage[]>()
  for (const [offset, pfn] of pages.vmemmap) {
    const page = virtualPage(shape, shape.vmemmap, offset)
    const group = primaryGroup(state, page, pageBytes)
    const lower = lowerGroup(state, group)
    const listed = vmemmap.get(lower) ?? []
    listed.push({ page, pageBytes, address: pfn * shape.pageBytes, group })
    vmemmap.set(lower, listed)
  }
  const { linear, bootVmemmap } = pages
  return { linear, bootVmemmap, vmemmap }
}

/** Pages whose first group is one of a pair, in the order in which boot bolts: linear mapping, then vmemmap. */
export function pagesOfPair(
  table: Hashing,
  pages: PagesByPair,
  group: number,
): readonly HashedPage[] {
  const { shape, state } = table
  const found: HashedPage[] = []
  const add = (region: HashRegion, offset: number, address: number): void => {
    const { pageBytes } = region
    const page = virtualPage(shape, region, offset)
    found.push({ page, pageBytes, address, group: primaryGroup(state, page, pageBytes) })
  }
  for (const range of pages.linear) {
    for (const offset of offsetsOfPair(table, { region: shape.linear, range, group })) {
      add(shape.linear, offset, offset)
    }
  }
  for (const range of pages.bootVmemmap) {
    for (const offset of offsetsOfPair(table, { region: shape.vmemmap, range, group })) {
      add(shape.vmemmap, offset, BOOT_FRAME_BASE + offset)
    }
  }
  found.push(...(pages.vmemmap.get(lowerGroup(state, group)) ?? []))
  return found
}

/** Offsets of the pages of a range that hash to a group or its complement, ascending. */
function offsetsOfPair(
  table: Hashing,
  of: { readonly region: HashRegion; readonly range: Range; readonly group: number },
): readonly number[] {
  const { region, range, group } = of
  const { state } = table
  const { effectiveBase, pageBytes } = region
  const start = effectiveBase + range.start
  const end = effectiveBase + range.end
  const offsets: number[] = []
  for (let at = start - (start % SEGMENT_BYTES); at < end; at += SEGMENT_BYTES) {
    const from = Math.max(at, start)
    const to = Math.min(at + SEGMENT_BYTES, end)
    const { vsid } = virtualPage(table.shape, region, from - effectiveBase)
    const numbers = {
      start: Math.ceil((from - at) / pageBytes),
      end: Math.ceil((to - at) / pageBytes),
    }
    for (const each of [group, complementOf(state, group)]) {
      for (const number of numbersOfGroup(state, { vsid, group: each, numbers }))
        offsets.push(at + number * pageBytes - effectiveBase)
    }
  }
  return offsets.sort((a, b) => a - b)
}

/** Numbers, in their segment, of the pages that hash to a group, of those that are asked for. */
function numbersOfGroup(
  state: Pick<HashState, 'shift'>,
  of: { readonly vsid: number; readonly group: number; readonly numbers: Range },
): readonly number[] {
  const groups = groupCount(state)
  const { start, end } = of.numbers
  const first = xor(segmentHash(of.vsid) % groups, of.group)
  const found: number[] = []
  const skipped = Math.max(0, Math.ceil((start - first) / groups))
  for (let number = first + skipped * groups; number < end; number += groups) found.push(number)
  return found
}

/** A group and its complement, by number. */
export type GroupPair = ReadonlyMap<number, Uint32Array>

/** What was worked out of a baseline, which never changes. */
interface KnownBaseline {
  readonly pages: PagesByPair
  /** Pairs by their lower group. */
  readonly pairs: Map<number, GroupPair>
}

const KNOWN = /* @__PURE__ */ new WeakMap<BaselinePages, KnownBaseline>()

function knownBaseline(table: Hashing & { readonly state: HashState }): KnownBaseline {
  const { baseline } = table.state
  let known = KNOWN.get(baseline)
  if (known === undefined) {
    known = { pages: pagesByPair(table, baseline), pairs: new Map() }
    KNOWN.set(baseline, known)
  }
  return known
}

/** As many pairs as are kept of a baseline: those of 64 GiB. */
const PAIRS_KEPT = 4096

/** A pair of groups as it was after boot or the last resize, to read only. Invariant: the pages fit. */
export function baselinePair(
  table: { readonly shape: HashShape; readonly state: HashState },
  group: number,
): GroupPair {
  const { state } = table
  const lower = lowerGroup(state, group)
  const { pairs } = knownBaseline(table)
  const known = pairs.get(lower)
  if (known !== undefined) return known
  const pair = tryBaselinePair(table, group)
  invariant(pair, `The hash page table is too small for group ${group}.`)
  if (pairs.size === PAIRS_KEPT) pairs.clear()
  pairs.set(lower, pair)
  return pair
}

/** `baselinePair`, where boot tries whether the pages fit. @returns undefined where the pages do not fit */
export function tryBaselinePair(
  table: { readonly shape: HashShape; readonly state: HashState },
  group: number,
): GroupPair | undefined {
  const { state } = table
  const pair = new Map([group, complementOf(state, group)].map((each) => [each, emptyGroup()]))
  const pages = pagesOfPair(table, knownBaseline(table).pages, group)
  return pages.every((page) => putInPair(state, pair, page) !== undefined) ? pair : undefined
}

/**
 * Enters a page into the first free slot of its group, else of the complement.
 * @returns the group that changed, undefined where both are full
 */
export function putInPair(
  state: Pick<HashState, 'shift'>,
  pair: GroupPair,
  page: HashedPage,
): { readonly group: number } | undefined {
  for (const kind of ['primary', 'secondary'] as const) {
    const number = kind === 'primary' ? page.group : complementOf(state, page.group)
    const group = pair.get(number)
    const slot = group && findSlot(group, ({ v }) => !isValid(v))
    if (group === undefined || slot === undefined) continue
    writeEntry({ group, slot }, bolted(page, kind))
    return { group: number }
  }
  return undefined
}
