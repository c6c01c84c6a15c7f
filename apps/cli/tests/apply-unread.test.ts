import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { canMount } from './can-mount'
import { twinOf, useMountedMachine } from './mounted-machine'
import { MEMHP, runCli, spawnCli } from './run-cli'

vi.setConfig({ testTimeout: 180_000 })

/** memory37 is free and goes at once, before memory36, of which pages have to move. */
const GOAL = ['memory36-37']

describe.skipIf(!canMount())('memhp apply that no one reads any more', () => {
  const machine = useMountedMachine(twinOf('x86_64-dimms-zones'))
  const { environment } = machine
  const journals = join(machine.folder, 'state/journals')
  const on = ['--sysroot', machine.directory]
  const lastOutcome = (): unknown => {
    const [last = ''] = readdirSync(journals).sort().slice(-1)
    return JSON.parse(readFileSync(join(journals, last), 'utf8').trim().split('\n').at(-1) ?? '')
  }
  const ctl = (...words: readonly string[]): ReturnType<typeof runCli> =>
    runCli(['ctl', '--mount', machine.directory, ...words])
  // A run that was taken back leaves the blocks as they were, but not the pages, which have moved.
  beforeEach(async () => expect(await ctl('snapshot', 'first')).toMatchObject({ code: 0 }))
  afterEach(async () => {
    expect(await ctl('--pace', 'none')).toMatchObject({ code: 0 })
    expect(await ctl('restore', 'first')).toMatchObject({ code: 0 })
  })

  it('carries the plan out, and tells what it came to by its exit code', async () => {
    const before = machine.states()
    const file = await machine.plan(...GOAL)
    const unread = (command: string): ReturnType<typeof spawnCli> =>
      spawnCli([command, ...(command === 'apply' ? [file] : []), ...on, '--yes'], {
        environment,
        onStart: ({ stdout, stderr }) => {
          stdout?.destroy()
          stderr?.destroy()
        },
      })
    expect((await unread('apply')).code).toBe(0)
    expect(lastOutcome()).toEqual({ kind: 'end', outcome: 'done' })
    expect((await unread('undo')).code).toBe(0)
    expect(machine.states()).toBe(before)
    expect((await unread('undo')).code).toBe(1)
  })

  it('puts everything back where its terminal hangs up', async () => {
    const before = machine.states()
    const file = await machine.plan(...GOAL)
    expect(await ctl('--pace', '1')).toMatchObject({ code: 0 })
    const command = `${MEMHP} apply ${file} ${on.join(' ')} --yes`
    const terminal = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, ...environment },
    })
    await new Promise<void>((resolve) => {
      terminal.stdout.on('data', (data: Buffer) => {
        if (data.includes('[2/2]')) resolve()
      })
    })
    expect(machine.states()).not.toBe(before)
    terminal.kill('SIGKILL')
    await vi.waitFor(() => expect(lastOutcome()).toMatchObject({ outcome: 'interrupted' }), 30_000)
    expect(machine.states()).toBe(before)
  })
})
