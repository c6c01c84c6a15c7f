import { pfn } from '../address/brand'
import type { PfnRange } from '../address/range'
import type { GiganticPageFacts } from '../model/description'
import type { Machine } from '../model/machine'
import type { HugePool } from '../model/state'
import { zoneOfPfn } from '../section/section-table'
import { hugePoolOf, pieceOrder, piecesOf } from '../section-pages/huge-pool'
import { refuseDescription } from '../shape/refuse-description'
import { zoneOf } from '../zone/zone-table'
import { claim, isOfZone } from './gigantic'

/**
 * Makes the gigantic pages of a description: out of huge pages of the size of a pageblock, which captured blocks have in their
 * place, or of free pages.
 * @throws HotplugError BAD_DESCRIPTION with the place
 */
export function bootGiganticPages(machine: Machine): void {
  const { giganticOrder: order, pageBytes } = machine.geometry
  const { giganticPages = [] } = machine.description
  for (const [i, { start, state }] of giganticPages.entries()) {
    const place = `giganticPages[${i}]`
    if (order === undefined)
      refuseDescription(place, `there are no gigantic pages on this ${machine.arch.name}.`)
    const bytes = 2 ** order * pageBytes
    if (start % bytes !== 0) refuseDescription(`${place}.start`, `must be a multiple of ${bytes}.`)
    const head = start / pageBytes
    makeGigantic(machine, {
      place,
      range: { start: pfn(head), end: pfn(head + 2 ** order) },
      state,
    })
  }
}

interface Made {
  readonly place: string
  readonly range: PfnRange
  readonly state: GiganticPageFacts['state']
}

function makeGigantic(machine: Machine, { place, range, state }: Made): void {
  const zone = zoneOfPfn(machine, range.start)
  if (zone === null || !isOfZone(machine, zone, range))
    refuseDescription(place, 'must be of one zone, and all of it online.')
  const { nodeId } = zoneOf(machine, zone)
  const order = Math.log2(range.end - range.start)
  const pieces = piecesOf(machine, { head: range.start, order })
  const small = setOf(hugePoolOf(machine, { nodeId, order: pieceOrder(machine, order) }), state)
  if (pieces.every((piece) => small.has(piece))) {
    for (const piece of pieces) small.delete(piece)
  } else {
    const pages = claim(machine, range, state === 'free' ? 'hugetlbFree' : 'hugetlb')
    if (pages !== range.end - range.start)
      refuseDescription(place, `its pages must be ${state} huge pages of their blocks, or free.`)
  }
  setOf(hugePoolOf(machine, { nodeId, order }), state).add(range.start)
}

const setOf = ({ free, used }: HugePool, state: Made['state']): Set<number> =>
  state === 'free' ? free : used
