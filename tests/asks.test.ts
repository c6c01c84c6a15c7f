import { expect, test } from 'vitest'
import { COMMANDS } from '../apps/cli/src/commands/registry'
import { type CommandShape, describeCommands } from '../apps/cli/src/describe/command-shape'
import { readText } from '../scripts/workspace'

const PAGE = readText('docs/asks.md')
const ASKS = 44
const WISHES = 15

interface Row {
  readonly number: number
  readonly answered: string
  readonly commands: readonly string[]
  readonly remark: string
}

const commandsIn = (cell: string): readonly string[] =>
  [...cell.matchAll(/`(memhp [^`]+)`/g)].map(({ 1: command = '' }) => command)

const cellsOf = (line: string): readonly string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())

const rows: readonly Row[] = PAGE.split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => {
    const cells = cellsOf(line)
    const [answered = '', by = '', remark = ''] = cells.slice(-3)
    return {
      number: Number.parseInt(cells[0] ?? '', 10),
      answered,
      commands: commandsIn(by),
      remark,
    }
  })

const counted = (length: number): readonly number[] => Array.from({ length }, (_, i) => i + 1)

test('every ask and every wish has its row', () => {
  expect(rows.map(({ number }) => number)).toEqual([...counted(ASKS), ...counted(WISHES)])
})

test('what is answered names a command, and what is not says why', () => {
  for (const { number, answered, commands, remark } of rows) {
    expect(['yes', 'partly', 'no'], `${number}`).toContain(answered)
    expect(commands.length > 0, `${number}: ${answered}`).toBe(answered !== 'no')
    if (answered !== 'yes') expect(remark, `${number}`).not.toBe('')
  }
})

const flagsOf = ({ options, commands }: CommandShape): readonly string[] => [
  ...options.flatMap(({ short, long }) => [short ?? '', long ?? '']),
  ...commands.flatMap(flagsOf),
]

test('every command that is named exists, with its flags', async () => {
  const shapes = await describeCommands(COMMANDS)
  const named = commandsIn(PAGE)
  expect(named.length).toBeGreaterThan(ASKS)
  for (const line of named) {
    const [, name = '', ...words] = line.replaceAll(/'[^']*'/g, 'x').split(' ')
    expect(COMMANDS.map((command) => command.name)).toContain(name)
    const shape = shapes.find((each) => each.name === name)
    const known = shape === undefined ? [] : flagsOf(shape)
    for (const flag of words.filter((word) => word.startsWith('-')))
      expect(known, line).toContain(flag)
  }
})
