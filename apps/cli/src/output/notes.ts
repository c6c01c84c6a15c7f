import type { TopologyNote } from '@memhp/topology'

const PLURAL_FROM = 2

/** A note as a line: the file, what is the matter, and what follows. */
export function noteLine({ kind, path, count, message }: TopologyNote): string {
  const others = count < PLURAL_FROM ? '' : ` and ${count - 1} more`
  return `${path}${others}: ${kind}. ${message}`
}

/** What stands below a table when something could not be known; empty when all could. */
export function notesHint(notes: readonly TopologyNote[]): readonly string[] {
  if (notes.length === 0) return []
  const things = notes.length === 1 ? '1 thing is' : `${notes.length} things are`
  return [`${things} not known of this machine; --notes says what.`]
}
