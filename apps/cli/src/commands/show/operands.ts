import { CliError } from '../../errors'
import { chooseSource, type SourceChoice, type SourceFlags } from '../../source/choice'

/** Flags that every `memhp show` command takes. */
export interface ShowFlags extends SourceFlags {
  readonly json?: true
  /** Only of what asks a machine. */
  readonly kernel?: string
}

/** What a `memhp show` command was asked for. */
export interface ShowRequest {
  readonly choice: SourceChoice
  /** The words that name the thing, in their order; empty for all. */
  readonly names: readonly string[]
}

/** A word that looks like a file's path. */
const looksLikeFile = (word: string): boolean => /[/\\]|\.(?:json|gz|ya?ml)$/i.test(word)

/**
 * Tells the words that name the thing from a capture file: a word that cannot be such a name is the file, unless a flag
 * names the source already.
 * @param isName whether a word can name a thing of this kind
 * @throws CliError where two words are files
 */
export function readOperands(
  words: readonly string[],
  flags: ShowFlags,
  isName: (word: string) => boolean,
): ShowRequest {
  const { capture, sysroot, scenario } = flags
  const hasSource = (capture ?? sysroot ?? scenario) !== undefined
  const isFile = (word: string): boolean => !isName(word) && (!hasSource || looksLikeFile(word))
  const files = words.filter(isFile)
  const [file, second] = files
  if (second !== undefined) {
    throw new CliError(`neither ${file} nor ${second} names anything here`, {
      remedy: 'memhp show --help, or name a capture file with --capture',
    })
  }
  return { choice: chooseSource(file, flags), names: words.filter((word) => !isFile(word)) }
}

/** The only name asked for; undefined for none. @throws CliError for more */
export function onlyName({ names }: ShowRequest): string | undefined {
  if (names.length > 1) throw new CliError(`one at a time: ${names.join(', ')}`)
  return names[0]
}
