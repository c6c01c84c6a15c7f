import { expect, test } from 'vitest'
import { COMMANDS } from '../src/commands/registry'
import { runCli } from './run-cli'

/** What a reader of a help text has, at most. */
const COLUMNS = 130

test.each(COMMANDS.map(({ name }) => name))(
  'the help of memhp %s keeps to the page',
  async (name) => {
    const { code, stdout } = await runCli([name, '--help'])
    expect(code).toBe(0)
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(COLUMNS)
  },
)
