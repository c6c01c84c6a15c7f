import { noteContradictions } from './contradictions'
import { withHugePages } from './huge-pages'
import type { BareReading } from './read-bare'
import type { Source } from './source'

/** What is looked at beside the facts that everything rests on: a program that has no use for it does not bring it. */
export interface Looks {
  /** Notes what cannot all be true, of files that are compared with each other. */
  contradictions(source: Source, reading: BareReading): Promise<void>
}

/** All of it. */
export const LOOKS: Looks = {
  contradictions: async (source, reading) =>
    noteContradictions(
      source,
      reading,
      await withHugePages(source, reading.topology.nodes),
      'compared',
    ),
}
