import type { FirmwareDialect, ReadingAssumption } from '@memhp/core/plugin'
import { DIALECTS } from '@memhp/platforms/dialects'

/** What a twin takes for true where a file could not be read, by path: of the kernel's files, and of firmware's. */
export const assumptionsOf = (
  dialects: readonly FirmwareDialect[],
): readonly ReadingAssumption[] => [
  {
    path: '/proc/iomem',
    assume:
      'System RAM is where /sys/firmware/memmap says, or else all of every memory block; nothing in it is known to be the kernel.',
    noteAbsence: 'note',
  },
  {
    path: '/proc/zoneinfo',
    assume: 'Zones are what boot makes of the memory, and a page has 4096 bytes.',
    noteAbsence: 'note',
  },
  {
    path: '/proc/kpageflags',
    assume:
      'Which pages of a block are used is unknown: used memory of a node lies at its bottom, block after block.',
    noteAbsence: 'note',
  },
  {
    path: '/proc/pagetypeinfo',
    assume: 'Pageblocks with unmovable pages are Unmovable, all others Movable.',
    noteAbsence: 'ignore',
  },
  ...dialects.flatMap(({ capture }) => capture.assumptions),
  {
    path: '/sys/devices/system/memory/memory[0-9]+/valid_zones',
    assume: 'The block belongs to the zone that spans it, if only one does.',
    noteAbsence: 'ignore',
  },
]

/** The same for all firmware that @memhp/platforms lists. */
export const ASSUMPTIONS: readonly ReadingAssumption[] = /* @__PURE__ */ assumptionsOf(DIALECTS)

/** For files that no line above names. */
export const OTHER_ASSUMPTION = 'The file is left out.'

/** What a twin takes for true where `path` could not be read. */
export function assumptionFor(path: string, assumptions: readonly ReadingAssumption[]): string {
  const known = assumptions.find((assumption) => new RegExp(`^${assumption.path}$`).test(path))
  return known?.assume ?? OTHER_ASSUMPTION
}
