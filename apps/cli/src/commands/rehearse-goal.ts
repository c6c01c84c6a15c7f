import type { RemovalGoal } from '@memhp/planner'
import { type Command, Option } from 'commander'
import { CliError } from '../errors'
import { backwardsText, parseNumbers } from '../text/number-list'
import { parseSize } from '../text/size'

/** The flags of `addGoalOptions`. */
export interface GoalFlags {
  readonly remove?: readonly string[]
  readonly removeBlocks?: string
  readonly removeNode?: string
  readonly removeSize?: string
}

const EXAMPLES =
  '--remove PNP0C80:01 (on POWER --remove 0x80000004-0x80000007), --remove-blocks 32-39, --remove-node 2 or --remove-size 1G'

/** Adds the flags that say what is to go. */
export function addGoalOptions(command: Command): Command {
  const group = 'What is to go (one of):'
  const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
    ...(before ?? []),
    ...value.split(',').map((name) => name.trim()),
  ]
  const once =
    (flag: string) =>
    (value: string, before: string | undefined): string => {
      if (before === undefined) return value
      throw new CliError(`${flag} is given twice: ${before} and ${value}`, { remedy: EXAMPLES })
    }
  const options = [
    new Option(
      '--remove <device>',
      'a memory device, or LMBs by DRC index as in 0x80000004-0x80000007; may be repeated',
    ).argParser(collect),
    new Option('--remove-blocks <list>', 'memory blocks, as in 32-39,41').argParser(
      once('--remove-blocks'),
    ),
    new Option('--remove-node <node>', 'all memory of a node').argParser(once('--remove-node')),
    new Option(
      '--remove-size <size>',
      'at least so much, whatever goes best, as in 512M or 1G',
    ).argParser(once('--remove-size')),
  ]
  for (const option of options) command.addOption(option.helpGroup(group))
  return command
}

function bad(flag: string, value: string, what: string): CliError {
  return new CliError(`${flag} ${JSON.stringify(value)}: ${what}`, { remedy: EXAMPLES })
}

function blocksGoal(list: string): RemovalGoal {
  const blocks = parseNumbers(list)
  if (blocks === undefined)
    throw bad('--remove-blocks', list, backwardsText(list) ?? 'no list of block numbers')
  return { kind: 'blocks', blocks }
}

function nodeGoal(text: string): RemovalGoal {
  if (!/^\d{1,9}$/.test(text)) throw bad('--remove-node', text, 'no node number')
  return { kind: 'node', node: Number(text) }
}

function sizeGoal(text: string): RemovalGoal {
  const sizeBytes = parseSize(text)
  if (sizeBytes === undefined || sizeBytes === 0) throw bad('--remove-size', text, 'no size')
  return { kind: 'size', sizeBytes }
}

/**
 * Finds out what is to go.
 * @throws CliError where nothing is named, more than one thing is, or a value cannot be read
 */
export function readGoal(flags: GoalFlags): RemovalGoal {
  const { remove, removeBlocks, removeNode, removeSize } = flags
  const goals: (() => RemovalGoal)[] = []
  if (remove !== undefined) goals.push(() => ({ kind: 'device', devices: [...new Set(remove)] }))
  if (removeBlocks !== undefined) goals.push(() => blocksGoal(removeBlocks))
  if (removeNode !== undefined) goals.push(() => nodeGoal(removeNode))
  if (removeSize !== undefined) goals.push(() => sizeGoal(removeSize))
  const [goal, second] = goals
  if (goal === undefined) throw new CliError('nothing is named that is to go', { remedy: EXAMPLES })
  if (second !== undefined) {
    throw new CliError('more than one thing is named that is to go', {
      remedy: `one of ${EXAMPLES}`,
    })
  }
  return goal()
}
