import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { runRepl } from '../../src/shell/repl'
import { openTestShell } from './shell'

const PAGE = readFileSync(new URL('../../../../docs/shell.md', import.meta.url), 'utf8')
const SESSIONS = [...PAGE.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)
const PROMPT = /^memhp:\S* # (.*)$/

/** Types the commands of a session, and writes down what a terminal would show of them. */
async function replay(session: string): Promise<string> {
  const shell = await openTestShell()
  const input = new PassThrough()
  let shown = ''
  const write = (text: string): void => {
    shown += text
  }
  const io = { stdin: '', out: write, err: write, columns: 80 }
  const output = new PassThrough().resume()
  const ended = runRepl(shell, { input, output, isInteractive: true }, io)
  for (const line of session.split('\n')) {
    const command = PROMPT.exec(line)?.[1]
    if (command === undefined) continue
    shown += `memhp:${shell.cwd} # ${command}\n`
    input.write(`${command}\r`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const all = shown
  input.end()
  await ended
  return all
}

describe('docs/shell.md', () => {
  it('has sessions', () => {
    expect(SESSIONS.length).toBeGreaterThan(2)
  })

  it.each(SESSIONS)('shows what happens:\n%s', async (session) => {
    expect(await replay(session)).toBe(session)
  })
})
