import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runTyped } from '../../src/shell/repl'
import { openTestShell } from './shell'

const PAGE = readFileSync(new URL('../../../../docs/shell.md', import.meta.url), 'utf8')
const SESSIONS = [...PAGE.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)
const PROMPT = /^memhp:\S* # (.*)$/

/** Types the commands of a session, and writes down what a terminal would show of them. */
async function replay(session: string): Promise<string> {
  const shell = await openTestShell()
  let shown = ''
  const write = (text: string): void => {
    shown += text
  }
  for (const line of session.split('\n')) {
    const command = PROMPT.exec(line)?.[1]
    if (command === undefined) continue
    write(`memhp:${shell.cwd} # ${command}\n`)
    await runTyped(shell, command, { stdin: '', out: write, err: write, columns: 80 })
  }
  return shown
}

describe('docs/shell.md', () => {
  it('has sessions', () => {
    expect(SESSIONS.length).toBeGreaterThan(2)
  })

  it.each(SESSIONS)('shows what happens:\n%s', async (session) => {
    expect(await replay(session)).toBe(session)
  })
})
