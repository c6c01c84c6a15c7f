import type { Execution, Plan } from '@memhp/planner'
import type { Command } from 'commander'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { addressOf, postOption, programOption, tellAddress, tellProgram } from '../output/notify'

/** Who is told before and after a plan is carried out. */
export interface HookFlags {
  readonly before?: string
  readonly after?: string
  readonly post?: string
}

/** Adds the flags of `HookFlags`. */
export function addHookOptions(command: Command): Command {
  programOption(command, 'before', 'before the first step, which it can refuse')
  programOption(command, 'after', 'behind the last')
  return command.addOption(postOption('tells both, and may refuse'))
}

/** What is told of a plan. */
export interface HookMessage {
  readonly when: 'before' | 'after'
  readonly machine: string
  readonly plan: Plan
  /** How it ended, and where that is written down; absent before. */
  readonly outcome?: Execution['outcome']
  readonly journal?: string
}

/** Whether anyone is told. @throws CliError for an address that is none */
export function isTold({ before, after, post }: HookFlags): boolean {
  if (post !== undefined) addressOf(post)
  return before !== undefined || after !== undefined || post !== undefined
}

/** Tells everyone, in turn. @returns what failed, in words; undefined where nothing did */
async function tellAll(
  message: HookMessage,
  flags: HookFlags,
  signal: AbortSignal,
): Promise<string | undefined> {
  const line = flags[message.when]
  const body = { version: 1, ...message }
  const why = line === undefined ? undefined : await tellProgram(line, body, signal)
  if (why !== undefined) return `--${message.when}: ${why}`
  if (flags.post === undefined) return undefined
  const failed = await tellAddress(addressOf(flags.post), body, signal)
  return failed === undefined ? undefined : `--post ${flags.post}: ${failed}`
}

/** Tells before anything is done. @throws CliError where one of those refuses, or at Ctrl-C */
export async function tellBefore(
  message: Omit<HookMessage, 'when'>,
  flags: HookFlags,
  context: CliContext,
): Promise<void> {
  const signal = context.interruptSignal()
  const why = await tellAll({ when: 'before', ...message }, flags, signal)
  if (signal.aborted)
    throw new CliError('interrupted. Nothing was changed', { exitCode: EXIT.interrupted })
  if (why !== undefined)
    throw new CliError(`${why}. Nothing was changed`, { exitCode: EXIT.refused })
}

/** Tells how it ended. What fails is only told: what was done is done. */
export async function tellAfter(
  message: Omit<HookMessage, 'when'>,
  flags: HookFlags,
  context: CliContext,
): Promise<void> {
  const why = await tellAll({ when: 'after', ...message }, flags, new AbortController().signal)
  if (why !== undefined) context.warn(`memhp: ${why}`)
}
