import { noteContradictions } from './contradictions'
import { withHugePages } from './huge-pages'
import type { Looks } from './read-bare'

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
