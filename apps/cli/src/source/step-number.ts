import type { Scenario } from '@memhp/scenario'
import { InvalidArgumentError } from 'commander'
import { CliError } from '../errors'

/** Reads the value of `--until`. @throws InvalidArgumentError for what is not a step number */
export function readStepNumber(text: string): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number
  throw new InvalidArgumentError('expected the number of a step.')
}

/** @throws CliError where a scenario has no such step */
export function checkUntil({ name, steps }: Scenario, until: number | undefined): void {
  if (until === undefined || until <= steps.length) return
  throw new CliError(`--until ${until}: ${name} has ${steps.length} steps`, {
    remedy: `--until ${steps.length}, or leave it out to run all of them`,
  })
}
