import type { SectionNr } from '../address/brand'
import { HotplugError } from '../errors/hotplug-error'
import type { Attribute, TreeNode } from '../model/directory'
import type { Machine } from '../model/machine'
import { PAGE_FLAG, PAGE_KIND } from '../model/page'
import type { MaterialisedSection, Section } from '../model/section'
import type { UseSegment } from '../model/section-use'
import { findSection, sectionOfPfn } from '../section/section-table'
import { planCapturedUse } from '../section-pages/captured-use-plan'
import { isMaterialised } from '../section-pages/columns'
import { giganticPools, hugePagesIn, piecesOf } from '../section-pages/huge-pool'

/** Bytes of an entry of /proc/kpageflags and /proc/kpagecount. */
const ENTRY_BYTES = 8

/** Bits of an entry of /proc/kpageflags, written out so that a bundler sees no effect. Source: include/uapi/linux/kernel-page-flags.h, include/linux/kernel-page-flags.h 6.1. */
const KPF = {
  UPTODATE: 0x8n,
  LRU: 0x20n,
  SLAB: 0x80n,
  BUDDY: 0x400n,
  MMAP: 0x800n,
  ANON: 0x1000n,
  SWAPBACKED: 0x4000n,
  COMPOUND_HEAD: 0x8000n,
  COMPOUND_TAIL: 0x10000n,
  HUGE: 0x20000n,
  HWPOISON: 0x80000n,
  NOPAGE: 0x100000n,
  OFFLINE: 0x800000n,
  PGTABLE: 0x4000000n,
  RESERVED: 0x100000000n,
} as const

/** What an entry says of a page. */
interface EntryRule {
  /** By `PAGE_KIND`; 0 for others. */
  readonly byKind: readonly bigint[]
  /** Of a page with an anonymous owner. */
  readonly anonymous: bigint
  /** Beside that, of a poisoned page. */
  readonly poisoned: bigint
  /** Of a page whose section is offline, or absent. */
  readonly offline: bigint
  readonly absent: bigint
}

const byKind = (
  entries: Readonly<Partial<Record<keyof typeof PAGE_KIND, bigint>>>,
): readonly bigint[] => {
  const list: bigint[] = Array.from({ length: Object.keys(PAGE_KIND).length }, () => 0n)
  for (const [name, entry] of Object.entries(entries)) {
    list[PAGE_KIND[name as keyof typeof PAGE_KIND]] = entry
  }
  return list
}

/**
 * Source: stable_page_flags, fs/proc/page.c 6.1; guests of 6.1 and 7.3. Linux 3.10 asks every page that has a section: those that are offline
 * are reserved.
 */
const flagsByKind = (): readonly bigint[] =>
  byKind({
    reserved: KPF.RESERVED,
    free: KPF.BUDDY,
    freeTail: KPF.BUDDY,
    lru: KPF.UPTODATE | KPF.LRU | KPF.SWAPBACKED,
    slab: KPF.SLAB,
    table: KPF.PGTABLE,
    selfHostedMemmap: KPF.RESERVED,
    withheld: KPF.OFFLINE,
    hugetlb: KPF.HUGE | KPF.COMPOUND_HEAD,
    hugetlbFree: KPF.HUGE | KPF.COMPOUND_HEAD,
    hugetlbTail: KPF.HUGE | KPF.COMPOUND_TAIL,
  })

function flagsRule({ generation }: Machine): EntryRule {
  const { offlinePages } = generation.rules.procfs
  const absent = offlinePages === 'zero' ? 0n : KPF.NOPAGE
  return {
    byKind: flagsByKind(),
    anonymous: KPF.UPTODATE | KPF.LRU | KPF.SWAPBACKED | KPF.ANON | KPF.MMAP,
    poisoned: KPF.HWPOISON,
    offline: offlinePages === 'reserved' ? KPF.RESERVED : absent,
    absent,
  }
}

/** Mappings are counted of anonymous pages only: one each. */
const countRule = (): EntryRule => ({
  byKind: [],
  anonymous: 1n,
  poisoned: 0n,
  offline: 0n,
  absent: 0n,
})

/** One past the last page that the files have: the end of the section that holds the highest page there has been. */
function endPfn(machine: Machine): number {
  const { memory, journal } = machine.state
  const { pagesPerSection } = machine.geometry
  let end = Math.ceil(journal.endPfn / pagesPerSection)
  for (const run of memory.sections.runs) end = Math.max(end, run.end)
  for (const nr of memory.sections.separated.keys()) end = Math.max(end, nr + 1)
  return end * pagesPerSection
}

/** Part of a section: places in it, and where in the answer the first of them goes. */
interface Part {
  readonly start: number
  readonly end: number
  readonly at: number
}

function fillMaterialised(
  machine: Machine,
  rule: EntryRule,
  into: { readonly entries: BigUint64Array; readonly section: MaterialisedSection } & Part,
): void {
  const { entries, section, start, end, at } = into
  const { kind, flags, owned } = section.pages
  const { allocations } = machine.state.memory
  for (let page = start; page < end; page++) {
    const owner = allocations.get(owned?.owner[page] ?? 0)
    const poisoned = ((flags[page] ?? 0) & PAGE_FLAG.hwpoison) !== 0
    const used = owner?.kind === 'anonymous' ? rule.anonymous : (rule.byKind[kind[page] ?? 0] ?? 0n)
    entries[at + page - start] = poisoned ? used | rule.poisoned : used
  }
}

/** Pages of a section, by their places, that are all used alike. */
type Segment = Pick<UseSegment, 'start' | 'end' | 'kind' | 'flags'>

/** What the pages of a section would be used for that has not been materialised. */
function plannedSegments(machine: Machine, section: Readonly<Section>): readonly Segment[] {
  const { pagesPerSection: end, pageblockPages } = machine.geometry
  const { summary, selfHostedPages } = section
  if (summary === 'reserved') return [{ start: 0, end, kind: PAGE_KIND.reserved, flags: 0 }]
  if (summary !== 'captured') {
    const { selfHostedMemmap, free } = PAGE_KIND
    return [
      { start: 0, end: selfHostedPages, kind: selfHostedMemmap, flags: 0 },
      { start: selfHostedPages, end, kind: free, flags: 0 },
    ]
  }
  return planCapturedUse(machine, section).flatMap((segment): readonly Segment[] => {
    const { start, end, kind } = segment
    if (kind !== PAGE_KIND.hugetlb && kind !== PAGE_KIND.hugetlbFree) return [segment]
    const heads = Array.from({ length: (end - start) / pageblockPages }, (_, index) => {
      const head = start + index * pageblockPages
      return { ...segment, start: head, end: head + 1 }
    })
    return [{ ...segment, kind: PAGE_KIND.hugetlbTail }, ...heads]
  })
}

function fillPlanned(
  machine: Machine,
  rule: EntryRule,
  into: { readonly entries: BigUint64Array; readonly section: Readonly<Section> } & Part,
): void {
  const { entries, section, start, end, at } = into
  for (const segment of plannedSegments(machine, section)) {
    const from = Math.max(segment.start, start)
    const to = Math.min(segment.end, end)
    if (from >= to) continue
    const poisoned = (segment.flags & PAGE_FLAG.hwpoison) === 0 ? 0n : rule.poisoned
    entries.fill((rule.byKind[segment.kind] ?? 0n) | poisoned, at + from - start, at + to - start)
  }
}

function fillSection(
  machine: Machine,
  rule: EntryRule,
  into: { readonly entries: BigUint64Array; readonly nr: SectionNr } & Part,
): void {
  const { entries, nr, start, end, at } = into
  const section = findSection(machine, nr)
  if (section === undefined || !section.online) {
    entries.fill(section === undefined ? rule.absent : rule.offline, at, at + end - start)
    return
  }
  if (isMaterialised(section)) fillMaterialised(machine, rule, { ...into, section })
  else fillPlanned(machine, rule, { ...into, section })
}

/** Entries of pages, in the byte order of this processor. */
function entriesOf(
  machine: Machine,
  rule: EntryRule,
  range: { readonly start: number; readonly end: number },
): BigUint64Array {
  const { pagesPerSection } = machine.geometry
  const entries = new BigUint64Array(Math.max(0, range.end - range.start))
  for (let pfn = range.start; pfn < range.end; ) {
    const nr = sectionOfPfn(machine, pfn)
    const base = nr * pagesPerSection
    const end = Math.min(range.end, base + pagesPerSection)
    const places = { start: pfn - base, end: end - base, at: pfn - range.start }
    fillSection(machine, rule, { entries, nr, ...places })
    pfn = end
  }
  markPieces(machine, entries, range)
  return entries
}

/** Pieces of a gigantic page look like huge pages each: all but the first page are tails. */
function markPieces(
  machine: Machine,
  entries: BigUint64Array,
  range: { readonly start: number; readonly end: number },
): void {
  for (const { head, pool } of hugePagesIn(giganticPools(machine), range)) {
    for (const piece of piecesOf(machine, { head, order: pool.order }).slice(1)) {
      const entry = entries[piece - range.start]
      if (entry === undefined || (entry & KPF.COMPOUND_HEAD) === 0n) continue
      entries[piece - range.start] = (entry & ~KPF.COMPOUND_HEAD) | KPF.COMPOUND_TAIL
    }
  }
}

/** A file of eight bytes a page. Source: kpageflags_read, kpagecount_read, fs/proc/page.c 6.1. */
function entriesFile(machine: Machine, ruleOf: (machine: Machine) => EntryRule): Attribute {
  let rule: EntryRule | undefined
  return {
    kind: 'file',
    mode: 0o400,
    bytes: (offset, length) => {
      if (offset % ENTRY_BYTES !== 0 || length % ENTRY_BYTES !== 0) {
        const text = 'Entries are of 8 bytes: whole ones are read, from where one begins.'
        throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { offset, length } })
      }
      const start = offset / ENTRY_BYTES
      const end = Math.min(start + length / ENTRY_BYTES, endPfn(machine))
      rule ??= ruleOf(machine)
      return new Uint8Array(entriesOf(machine, rule, { start, end }).buffer)
    },
  }
}

/** /proc/kpageflags, what the kernel tells of each page's use, and /proc/kpagecount, how many mappings of programs it has. */
export const pageFiles = (machine: Machine): Readonly<Record<string, TreeNode>> => ({
  '/proc/kpageflags': entriesFile(machine, flagsRule),
  '/proc/kpagecount': entriesFile(machine, countRule),
})
