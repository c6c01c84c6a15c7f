import type { ZoneInfo } from '@memhp/topology'
import { formatRange, formatSize } from '../text/size'
import { renderTable } from './table'
import { UNKNOWN } from './words'

/** Zones as a table, one a line, counts as bytes. */
export function renderZones(zones: readonly ZoneInfo[], pageBytes: number): string {
  const size = (pages: number | null): string =>
    pages === null ? UNKNOWN : formatSize(pages * pageBytes)
  return renderTable(
    [
      { heading: 'NODE', align: 'right' },
      { heading: 'ZONE' },
      { heading: 'SPAN' },
      { heading: 'SPANNED', align: 'right' },
      { heading: 'PRESENT', align: 'right' },
      { heading: 'MANAGED', align: 'right' },
      { heading: 'FREE', align: 'right' },
    ],
    zones.map((zone) => [
      `${zone.node}`,
      zone.name,
      zone.span === null ? UNKNOWN : formatRange(zone.span),
      size(zone.spannedPages),
      size(zone.presentPages),
      size(zone.managedPages),
      size(zone.freePages),
    ]),
  )
}
