import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'

/**
 * Has a change of a machine allowed: by --yes, or by an answer at the terminal.
 * @returns whether time passed meanwhile: a person was asked
 * @throws CliError where it is not allowed
 */
export async function consent(
  what: string,
  { yes }: { readonly yes?: true },
  context: CliContext,
): Promise<boolean> {
  if (yes === true) {
    context.warn(`memhp: ${what}.`)
    return false
  }
  if (context.ask === undefined)
    throw new CliError(`${what}, and no terminal is here to ask`, {
      remedy: '--yes, if that is meant; --dry-run shows the steps',
    })
  const answer = await context.ask(`${what}. Go on? [y/N] `, context.interruptSignal())
  if (/^y(?:es)?$/i.test(answer.trim())) return true
  throw new CliError('nothing was changed', { exitCode: EXIT.refused })
}
