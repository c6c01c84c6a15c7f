/** How many choices a message names. */
const NAMED = 3

/** The first of some choices in words, and how many more there are. */
export function someOf(choices: readonly string[]): string {
  const more = choices.length - NAMED
  const named = choices.slice(0, NAMED).join(', or ')
  return more > 0 ? `${named}, or ${more} more` : named
}
