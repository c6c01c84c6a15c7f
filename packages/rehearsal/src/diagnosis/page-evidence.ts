import { type Machine, pfn, sectionNr } from '@memhp/core'
import { findSection, PAGE_KIND, type PageKindName, zoneOfPfn } from '@memhp/core/inspect'
import { PAGE_WORDS } from './page-words'

/** One page, as evidence. */
export interface PageEvidence {
  readonly pfn: number
  /** Physical address in bytes. */
  readonly address: number
  readonly kind: PageKindName
  /** What kind of page that is, for people. */
  readonly words: string
  /** Zone of the page, `2/Movable`; null where it has none. */
  readonly zone: string | null
  /** Whose page it is, where that is known. */
  readonly owner: string | null
}

const KIND_NAMES = Object.keys(PAGE_KIND) as PageKindName[]

/**
 * What is known of a page. Changes nothing.
 * @param known its kind, where the caller knows: pages that are not materialised have none
 */
export function lookAtPage(machine: Machine, page: number, known?: PageKindName): PageEvidence {
  const { pagesPerSection, pageBytes } = machine.geometry
  const section = findSection(machine, sectionNr(Math.floor(page / pagesPerSection)))
  const place = page % pagesPerSection
  const stored = KIND_NAMES[section?.pages?.kind[place] ?? -1]
  const kind = known ?? stored ?? 'offline'
  const owner = machine.state.memory.allocations.get(section?.pages?.owned?.owner[place] ?? 0)
  return {
    pfn: page,
    address: page * pageBytes,
    kind,
    words: PAGE_WORDS[kind],
    zone: zoneOfPfn(machine, pfn(page)),
    owner: owner === undefined || owner.kind === 'background' ? null : owner.name,
  }
}
