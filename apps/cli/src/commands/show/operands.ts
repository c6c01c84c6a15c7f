import { CliError } from '../../errors'
import { chooseSource, type SourceChoice, type SourceFlags } from '../../source/choice'

/** Flags that every `memhp show` command takes. */
export interface ShowFlags extends SourceFlags {
  readonly json?: true
}

/** What a `memhp show` command was asked for. */
export interface ShowRequest {
  readonly choice: SourceChoice
  /** The words that name the thing, in their order; empty for all. */
  readonly names: readonly string[]
}

/**
 * Tells the words that name the thing from a capture file: a word that cannot be such a name is the file.
 * @param isName whether a word can name a thing of this kind
 * @throws CliError where two words are files
 */
export function readOperands(
  words: readonly string[],
  flags: ShowFlags,
  isName: (word: string) => boolean,
): ShowRequest {
  const files = words.filter((word) => !isName(word))
  const [file, second] = files
  if (second !== undefined) {
    throw new CliError(`neither ${file} nor ${second} names anything here`, {
      remedy: 'memhp show --help, or name a capture file with --capture',
    })
  }
  return { choice: chooseSource(file, flags), names: words.filter(isName) }
}

/** The only name asked for; undefined for none. @throws CliError for more */
export function onlyName({ names }: ShowRequest): string | undefined {
  if (names.length > 1) throw new CliError(`one at a time: ${names.join(', ')}`)
  return names[0]
}
