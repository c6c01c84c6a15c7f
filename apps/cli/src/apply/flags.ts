import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Patience, WhenStuck } from './patience'

/** Flags of every command that changes a machine. */
export interface ChangeFlags {
  readonly yes?: true
  readonly patience: number
  readonly onStuck: WhenStuck
  readonly json?: true
}

function seconds(text: string): number {
  const number = Number(text)
  if (/^\d+(?:\.\d+)?$/.test(text) && number > 0) return number
  throw new InvalidArgumentError('expected seconds, more than 0.')
}

/** Adds the flags of `ChangeFlags`. */
export const addChangeOptions = (command: Command): Command =>
  command
    .option('--yes', 'change the machine without asking at the terminal')
    .addOption(
      new Option('--patience <seconds>', 'how long a kernel may make no progress')
        .argParser(seconds)
        .default(30),
    )
    .addOption(
      new Option(
        '--on-stuck <what>',
        'what is done when it makes none: ask at the terminal, stop, wait',
      )
        .choices(['ask', 'stop', 'wait'])
        .default('ask'),
    )
    .option('--json', 'print JSON')

const POLL_MS = 500
const SECOND_MS = 1000

/** How long a kernel is waited for, as flags say. */
export const patienceOf = ({ patience, onStuck }: ChangeFlags): Patience => ({
  idleMs: patience * SECOND_MS,
  whenStuck: onStuck,
  pollMs: Math.min(POLL_MS, patience * SECOND_MS),
})
