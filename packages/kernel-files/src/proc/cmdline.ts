/** One parameter of a kernel command line. */
export interface KernelParameter {
  /** As written: the kernel takes `-` and `_` for the same. */
  readonly name: string
  /** What stands behind the equals sign; null where there is none. */
  readonly value: string | null
}

/** Ends the kernel's parameters: what follows is init's. */
const END = '--'
const BLANK = /[ \t\n\v\f\r]/

/** The words of a command line as they are written. Blanks between double quotes do not end a word. */
function rawWords(cmdline: string): string[] {
  const words: string[] = []
  let word = ''
  let isQuoted = false
  for (const character of cmdline) {
    if (character === '"') isQuoted = !isQuoted
    if (isQuoted || !BLANK.test(character)) word += character
    else if (word !== '') {
      words.push(word)
      word = ''
    }
  }
  return word === '' ? words : [...words, word]
}

/** Quotes around a text are dropped, the final one if it is there. */
const unquoted = (text: string): string =>
  text.startsWith('"') ? text.slice(1).replace(/"$/, '') : text

/** Quotes around the whole word or around its value are not part of them; all others are. */
function parameterOf(word: string): KernelParameter {
  const text = unquoted(word)
  // An equals sign at the start is part of the name.
  const equals = text.indexOf('=', 1)
  if (equals === -1) return { name: text, value: null }
  return { name: text.slice(0, equals), value: unquoted(text.slice(equals + 1)) }
}

/**
 * The parameters of a kernel command line, in order: those before `--`.
 * Source: lib/cmdline.c next_arg, kernel/params.c parse_args (Linux 6.1)
 */
export function parseCmdline(cmdline: string): KernelParameter[] {
  const parameters = rawWords(cmdline).map(parameterOf)
  const end = parameters.findIndex(({ name, value }) => name === END && value === null)
  return end === -1 ? parameters : parameters.slice(0, end)
}

/** The name under which the kernel knows a parameter: with `_` for `-`. */
export const parameterKey = (name: string): string => name.replaceAll('-', '_')

/** A parameter as it was given last, which holds; undefined where it was not. @param key its name as of `parameterKey` */
export const lastGiven = (
  parameters: readonly KernelParameter[],
  key: string,
): KernelParameter | undefined => parameters.findLast(({ name }) => parameterKey(name) === key)

/** A parameter as a word of a command line. What holds a double quote besides blanks cannot be written. */
export function formatParameter({ name, value }: KernelParameter): string {
  const hasBlank = (text: string): boolean => BLANK.test(text)
  if (value === null) return hasBlank(name) ? `"${name}"` : name
  if (hasBlank(name)) return `"${name}=${value}"`
  return hasBlank(value) ? `${name}="${value}"` : `${name}=${value}`
}

/** A command line of parameters, without newline: what `parseCmdline` reads. */
export const formatCmdline = (parameters: readonly KernelParameter[]): string =>
  parameters.map(formatParameter).join(' ')

/** A command line with more parameters at its end, before what is init's. Blanks at its start and end are dropped. */
export function extendCmdline(cmdline: string, parameters: readonly KernelParameter[]): string {
  const words = rawWords(cmdline)
  const end = words.indexOf(END)
  const added = parameters.map(formatParameter)
  return words.toSpliced(end === -1 ? words.length : end, 0, ...added).join(' ')
}
