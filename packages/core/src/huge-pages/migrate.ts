import type { Pfn } from '../address/brand'
import { fail } from '../isolation/migrate'
import { failsAt } from '../machine/faults'
import type { Machine } from '../model/machine'
import type { MigrationPass } from '../model/migration'
import { hugeExtent, moveHugePage } from './pool'

/** Moves the huge pages in use that these are pages of, as a part of a pass of migration. */
export function migrateHugePages(
  machine: Machine,
  pass: MigrationPass,
  pages: readonly Pfn[],
): void {
  for (const page of pages) {
    if (page < pass.hugeEnd) continue
    const { start, end } = hugeExtent(machine, page)
    pass.hugeEnd = end
    const isStuck = failsAt(machine, 'migration/huge-page')
    pass.mayMoveLater ||= isStuck
    if (!isStuck && moveHugePage(machine, { page, nodes: pass.nodes })) pass.migrated += end - start
    else fail(pass, { pfn: start, reason: 'no-memory' })
  }
}
