import type { CommandTable, Invocation } from '../state'
import { formatPrintf, unescapeText } from './escapes'
import { evaluateTest } from './test-expression'

function echo({ args, io }: Invocation): number {
  let isPlain = true
  let newline = '\n'
  let first = 0
  for (; /^-[neE]+$/.test(args[first] ?? ''); first++) {
    for (const letter of (args[first] ?? '').slice(1)) {
      if (letter === 'n') newline = ''
      else isPlain = letter === 'E'
    }
  }
  const text = args.slice(first).join(' ')
  io.out((isPlain ? text : unescapeText(text)) + newline)
  return 0
}

function printf({ args, io }: Invocation): number {
  const [format, ...rest] = args
  if (format === undefined) {
    io.err('sh: printf: usage: printf FORMAT [ARG]...\n')
    return 2
  }
  io.out(formatPrintf(format, rest))
  return 0
}

/** Numbers that one seq may print. */
const SEQ_LIMIT = 100_000

function seq({ args, io }: Invocation): number {
  const numbers = args.map(Number)
  const [first = 1, second = 1, third] = numbers
  if (numbers.length === 0 || numbers.length > 3 || !numbers.every(Number.isSafeInteger)) {
    io.err('seq: usage: seq [FIRST [STEP]] LAST\n')
    return 1
  }
  const start = numbers.length === 1 ? 1 : first
  const step = third === undefined ? 1 : second
  const last = third ?? (numbers.length === 1 ? first : second)
  if (step === 0 || (last - start) / step > SEQ_LIMIT) {
    io.err('seq: too many numbers\n')
    return 1
  }
  for (let i = start; step > 0 ? i <= last : i >= last; i += step) io.out(`${i}\n`)
  return 0
}

function exit({ shell, args, io }: Invocation): number {
  const [text] = args
  if (text !== undefined && !/^\d+$/.test(text)) {
    io.err(`sh: exit: Illegal number: ${text}\n`)
    return 2
  }
  shell.exit = text === undefined ? shell.status : Number(text) % 256
  return shell.exit
}

/** A condition, as `test` or in brackets. @param ending what must stand last */
function test({ shell, args, io }: Invocation, ending: '' | ']'): number {
  const words = ending === '' ? args : args.slice(0, -1)
  if (ending !== '' && args.at(-1) !== ending) {
    io.err('[: missing ]\n')
    return 2
  }
  const result = evaluateTest(words, { tree: shell.session.machine.tree, cwd: shell.cwd })
  if (typeof result === 'boolean') return result ? 0 : 1
  io.err(`test: ${result.fault}\n`)
  return 2
}

async function sudo({ args, io, runCommand }: Invocation): Promise<number> {
  const [first] = args
  if (first === undefined || first.startsWith('-')) {
    io.err('sudo: usage: sudo COMMAND [ARG]... (you are root here already)\n')
    return 1
  }
  return runCommand(args, io)
}

/** Commands that make text, decide, or end the shell. */
export const WORD_COMMANDS: CommandTable = {
  echo: { usage: '[-neE] [TEXT]...', summary: 'print a text', run: echo },
  printf: { usage: 'FORMAT [ARG]...', summary: 'print a text by a format', run: printf },
  seq: { usage: '[FIRST [STEP]] LAST', summary: 'print numbers', run: seq },
  test: {
    usage: 'CONDITION',
    summary: 'compare texts, numbers, files',
    run: (call) => test(call, ''),
  },
  '[': { usage: 'CONDITION ]', summary: 'the same', run: (call) => test(call, ']') },
  true: { usage: '', summary: 'succeed', run: () => 0 },
  false: { usage: '', summary: 'fail', run: () => 1 },
  ':': { usage: '', summary: 'succeed', run: () => 0 },
  sleep: { usage: 'SECONDS', summary: 'nothing: no time passes by it', run: () => 0 },
  sudo: { usage: 'COMMAND [ARG]...', summary: 'run a command: you are root here', run: sudo },
  exit: { usage: '[CODE]', summary: 'leave the shell', run: exit },
}
