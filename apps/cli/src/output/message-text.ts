/** Characters of a message. What is longer quotes a file, and no one reads it to its end. */
const LONGEST_MESSAGE = 4000

/** What a terminal would obey instead of showing it. Source: ECMA-48 C0 and C1. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g

const escaped = (character: string): string =>
  `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`

/** A message as it is shown: cut where it is long, and with nothing in it that a terminal obeys. */
export function messageText(message: string): string {
  const shown = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message
  return shown.replace(CONTROL, escaped)
}
