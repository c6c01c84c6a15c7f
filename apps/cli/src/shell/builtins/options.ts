/** What stands behind a command: options of one letter, options with a value, and the rest. */
export interface ParsedOptions {
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, string>
  readonly operands: readonly string[]
}

/**
 * Reads arguments as getopt(3) does: `-la`, `-n 3`, `-n3`; `--` ends the options.
 * @param known letters, those that take a value with a colon behind them: `ln:`
 * @returns the letter that is not known, or lacks its value
 */
export function parseOptions(
  args: readonly string[],
  known: string,
): ParsedOptions | { readonly fault: string } {
  const flags = new Set<string>()
  const values = new Map<string, string>()
  const operands: string[] = []
  const pending = args.values()
  for (const arg of pending) {
    if (arg === '--') {
      for (const word of pending) operands.push(word)
    } else if (!/^-./.test(arg)) {
      operands.push(arg)
    } else {
      for (let i = 1; i < arg.length; i++) {
        const letter = arg.charAt(i)
        const place = letter === ':' ? -1 : known.indexOf(letter)
        if (place === -1) return { fault: `unrecognized option: ${letter}` }
        if (known[place + 1] !== ':') {
          flags.add(letter)
          continue
        }
        const value = arg.slice(i + 1) || pending.next().value
        if (value === undefined) return { fault: `option requires an argument: ${letter}` }
        values.set(letter, value)
        break
      }
    }
  }
  return { flags, values, operands }
}
