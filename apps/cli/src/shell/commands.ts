import { FILE_COMMANDS } from './builtins/files'
import { MACHINE_COMMANDS } from './builtins/machine'
import { TEXT_COMMANDS } from './builtins/text'
import { WATCH_COMMANDS } from './builtins/watch'
import { WORD_COMMANDS } from './builtins/words'
import type { CommandTable, Invocation } from './state'

const GROUPS: readonly (readonly [title: string, table: CommandTable])[] = [
  ['Files', FILE_COMMANDS],
  ['Texts', TEXT_COMMANDS],
  ['Words', WORD_COMMANDS],
  ['The machine', MACHINE_COMMANDS],
  ['Looking at it', WATCH_COMMANDS],
]

const GRAMMAR = `Commands may be joined with ; && || and |, and redirected with > >> < 2> and 2>&1. There are quotes, variables
($x, $?), $(…), the patterns * ? […], for … in … do … done, and if … then … fi.`

/** Columns of usage before what a command does; a longer one has its line to itself. */
const USAGE_WIDTH = 44

function help({ args, io }: Invocation): number {
  const [name] = args
  const command = name === undefined || !Object.hasOwn(COMMANDS, name) ? undefined : COMMANDS[name]
  if (name !== undefined) {
    if (command === undefined) io.err(`help: no command is called ${name}\n`)
    else io.out(`${name} ${command.usage}\n  ${command.summary}\n`)
    return command === undefined ? 1 : 0
  }
  for (const [title, table] of GROUPS) {
    io.out(`${title}:\n`)
    for (const [each, { usage, summary }] of Object.entries(table)) {
      const words = `${each} ${usage}`.trimEnd()
      const gap = words.length > USAGE_WIDTH ? `\n${' '.repeat(USAGE_WIDTH + 2)}` : ''
      io.out(`  ${words.padEnd(USAGE_WIDTH)}${gap} ${summary}\n`)
    }
  }
  io.out(`\n${GRAMMAR}\n`)
  return 0
}

/** Every command of the shell by its name. */
export const COMMANDS: CommandTable = {
  ...Object.fromEntries(GROUPS.flatMap(([, table]) => Object.entries(table))),
  help: { usage: '[COMMAND]', summary: 'print this', run: help },
}
