/** What decides whether text is coloured. */
export interface ColourCircumstances {
  /** `--color`, `--no-color`, or neither. */
  readonly flag: boolean | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly isTerminal: boolean
}

/**
 * Whether to colour: the flag decides, then FORCE_COLOR, then NO_COLOR (no-color.org: any text but an
 * empty one), then whether the output is a terminal.
 */
export function wantsColour({ flag, environment, isTerminal }: ColourCircumstances): boolean {
  if (flag !== undefined) return flag
  const force = environment.FORCE_COLOR
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== '') return false
  return isTerminal && environment.TERM !== 'dumb'
}
