import { isHotplugError } from '@memhp/core'
import {
  ACTION_SUMMARIES,
  type ActionKind,
  actionFields,
  carryOut,
  readAction,
} from '@memhp/scenario'
import type { CommandTable, Invocation, ShellCommand } from '../state'

/** A verb: an action of scenarios, written as words. */
interface Verb {
  readonly kind: ActionKind
  /** Fields that words without a name stand for, in order. */
  readonly positions: readonly string[]
  /** Fields that are written as `name=value`. */
  readonly named?: readonly string[]
}

const VERBS: readonly Verb[] = [
  { kind: 'plug', positions: ['id', 'size'], named: ['node', 'slot', 'address', 'driver'] },
  { kind: 'unplug', positions: ['id'], named: ['driver'] },
  { kind: 'resize', positions: ['id', 'size'], named: ['driver'] },
  { kind: 'eject', positions: ['device'] },
  { kind: 'online', positions: ['blocks', 'zone'] },
  { kind: 'offline', positions: ['blocks'] },
  { kind: 'fill', positions: ['name', 'size'], named: ['node', 'policy', 'as'] },
  { kind: 'drop', positions: ['name'] },
  { kind: 'pin', positions: ['name'], named: ['pages'] },
  { kind: 'unpin', positions: ['name'], named: ['pages'] },
  { kind: 'unmovable', positions: ['name', 'block'], named: ['pages'] },
  { kind: 'hugepages', positions: ['name', 'count'], named: ['node', 'size', 'state'] },
  { kind: 'poison', positions: ['block'], named: ['page'] },
  { kind: 'inject', positions: ['event', 'errno'] },
  { kind: 'snapshot', positions: ['name'] },
  { kind: 'restore', positions: ['name'] },
  { kind: 'settle', positions: [] },
  { kind: 'tick', positions: ['time'] },
  { kind: 'check', positions: [] },
]

/** Names stay texts even where they look like numbers. */
const fieldValue = (text: string): string | number =>
  /^\d{1,15}$/.test(text) ? Number(text) : text

function fieldsOf(
  { positions }: Verb,
  args: readonly string[],
): Readonly<Record<string, unknown>> | { readonly surplus: string } {
  const fields = new Map<string, unknown>()
  let place = 0
  for (const arg of args) {
    const [head, name = ''] = /^([a-z]+)=/.exec(arg) ?? []
    if (head !== undefined) {
      fields.set(name, fieldValue(arg.slice(head.length)))
      continue
    }
    const position = positions[place++]
    if (position === undefined) return { surplus: arg }
    fields.set(position, fieldValue(arg))
  }
  return Object.fromEntries(fields)
}

/** The words of a verb: in brackets what may be left out, the words themselves where it is one of a few. */
function usageOf({ kind, positions, named = [] }: Verb): string {
  const fields = new Map(actionFields(kind).map((field) => [field.name, field]))
  const wordOf = (name: string): string => {
    const { words = [] } = fields.get(name) ?? {}
    return words.length === 0 || words.length > MOST_WORDS ? name.toUpperCase() : words.join('|')
  }
  return [
    ...positions.map((name) =>
      fields.get(name)?.isOptional === true ? `[${wordOf(name)}]` : wordOf(name),
    ),
    ...named.map((name) => `[${name}=${wordOf(name)}]`),
  ].join(' ')
}

/** Most words that a usage line lists: of errnos there are more. */
const MOST_WORDS = 4

function runVerb(verb: Verb, { shell, args, io }: Invocation): number {
  const fields = fieldsOf(verb, args)
  if ('surplus' in fields) {
    io.err(`${verb.kind}: too many words: ${String(fields.surplus)}\n`)
    io.err(`usage: ${verb.kind} ${usageOf(verb)}\n`)
    return 2
  }
  try {
    const action = readAction(verb.kind, fields)
    carryOut(shell.session, action)
    return 0
  } catch (error) {
    if (!isHotplugError(error)) throw error
    io.err(`${verb.kind}: ${error.message} (${error.code})\n`)
    if (error.code === 'BAD_ARGUMENT') io.err(`usage: ${verb.kind} ${usageOf(verb)}\n`)
    return 1
  }
}

const commandOf = (verb: Verb): ShellCommand => ({
  get usage() {
    return usageOf(verb)
  },
  summary: ACTION_SUMMARIES[verb.kind]
    .replace(/^./, (letter) => letter.toLowerCase())
    .replace(/\.$/, ''),
  run: (call) => runVerb(verb, call),
})

/** What one can do to the machine besides writing its files: everything that a scenario can. */
export const MACHINE_COMMANDS: CommandTable = Object.fromEntries(
  VERBS.map((verb) => [verb.kind, commandOf(verb)]),
)
