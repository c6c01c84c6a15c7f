import { HotplugError } from '@memhp/core'

const CONTROL = /\p{Cc}/u

/**
 * A path, or another word, as one word of ash.
 * @throws HotplugError NO_SUCH_FILE for control characters, which no file of the kernel has in its name
 */
export function quoteWord(word: string): string {
  if (CONTROL.test(word)) {
    const shown = JSON.stringify(word)
    throw new HotplugError('NO_SUCH_FILE', 'ENOENT', `${shown}: No such file or directory`)
  }
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** Text as a word for printf's `%b`: every byte that is not plainly itself becomes an octal escape. */
export function quoteText(text: string): string {
  const escaped = Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte)
    if (/[\w ./:=+,-]/.test(character)) return character
    return `\\0${byte.toString(8).padStart(3, '0')}`
  })
  return `'${escaped.join('')}'`
}
