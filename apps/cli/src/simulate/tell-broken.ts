import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { writeFileOf } from '../file-problem'
import type { SeedOutcome } from './simulate-seed'
import { stepText } from './step-text'

/** Writes the scenario. @returns why it is not written, in words; undefined where it is */
async function whyUnwritten(
  path: string,
  scenario: string,
  options: { readonly replace: boolean },
): Promise<string | undefined> {
  try {
    await writeFileOf(path, scenario, options)
    return undefined
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return error.message
  }
}

/**
 * Tells of a seed that breaks an invariant, and writes its scenario. All else is told also where that cannot be written: the seed may
 * have taken all night to find.
 * @throws CliError always, once it is told
 */
export async function tellBroken(
  broken: SeedOutcome & { readonly kind: 'broken' },
  {
    path,
    replace,
    json,
  }: { readonly path: string; readonly replace: boolean; readonly json: boolean },
  context: Pick<CliContext, 'print' | 'warn' | 'paint'>,
): Promise<never> {
  const { seed, step, message, sequence, scenario } = broken
  const why = await whyUnwritten(path, scenario, { replace })
  if (json) {
    const written = why === undefined ? path : null
    const found = { version: 1, seed, step, message, sequence, scenario: written }
    context.print(`${JSON.stringify(found, null, 2)}\n`)
  } else {
    const { bold, red } = context.paint
    const steps = sequence.map((each) => `  ${stepText(each)}\n`).join('')
    const kept = why === undefined ? `Written: ${path}; memhp run ${path} shows it\n` : ''
    context.print(
      `${red('BROKEN')} ${bold(`seed ${seed}`)}, step ${step}: ${message}\n` +
        `The shortest sequence, ${sequence.length} steps:\n${steps}${kept}`,
    )
  }
  if (why !== undefined) context.warn(`memhp: ${why}. No scenario was written`)
  throw new CliError(`seed ${seed} breaks an invariant`, { exitCode: EXIT.refused })
}
