import type { Generation } from '@memhp/core'
import type { NeverUsedBytes } from '@memhp/core/plugin'

/** How a generation of the kernel takes mappings away. */
export interface Teardown {
  readonly emptyTables: 'free' | 'keep'
  readonly neverUsed: NeverUsedBytes
}

/*
 * | | 6.1 | series of 2012, v9 |
 * | --- | --- | --- |
 * | tables that became empty | freed, up to PMD tables (five levels: PUD tables) | stay |
 * | bytes of a vmemmap leaf that no section ever used | marked as unused | not marked, so that the leaf may stay |
 *
 * Source: spec 5.4; series, patches 12 and 16 (known problem D21, vectors 8.2).
 */
const TODAY: Teardown = { emptyTables: 'free', neverUsed: 'marked' }
const BY_GENERATION: Readonly<Record<string, Teardown>> = {
  rfc9: { emptyTables: 'keep', neverUsed: 'unmarked' },
}

/** The rules of a machine's generation. */
export const teardownOf = (generation: Pick<Generation, 'name'>): Teardown =>
  BY_GENERATION[generation.name] ?? TODAY
