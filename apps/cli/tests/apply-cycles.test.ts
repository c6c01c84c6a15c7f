import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { canMount } from './can-mount'
import { twinOf, useMountedMachine } from './mounted-machine'
import { type CliRun, preload, runCli, spawnCli, startCli } from './run-cli'

vi.setConfig({ testTimeout: 180_000 })

interface Report {
  readonly done: number
  readonly steps: readonly {
    readonly step: string
    readonly done: number
    readonly failed: number
    readonly longestMs: number | null
  }[]
  readonly failures: readonly { readonly cycle: number; readonly why: string }[]
}

describe.skipIf(!canMount())('memhp apply --cycles', () => {
  const machine = useMountedMachine(twinOf('x86_64-dimms-zones'))
  const { environment, folder } = machine
  const on = ['--sysroot', machine.directory, '--yes']
  const apply = (...args: string[]): Promise<CliRun> =>
    runCli(['apply', ...args, ...on], { environment })
  const ctl = async (words: string): Promise<void> => {
    expect(await spawnCli(['ctl', '--mount', machine.directory, words])).toMatchObject({ code: 0 })
  }

  it('carries a plan out and takes it back so often, each time with a journal', async () => {
    const before = machine.states()
    const run = await apply(await machine.plan('memory36-37'), '--cycles', '3')
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('3 of 3 cycles') })
    expect(run.stderr).toMatch(/2 memory blocks \(256M\) offline, 2 steps, and taken back, 3 times/)
    expect(run.stderr).toMatch(/cycle 3 of 3: \[2\/2\] memory\d+ goes offline: done/)
    expect(run.stdout).toMatch(/memory36 goes offline +3 +0 +\d+ ms +\d+ ms/)
    expect(readdirSync(join(folder, 'state/journals'))).toHaveLength(3)
    expect(machine.states()).toBe(before)
  })

  it('ends at the first cycle that fails, and keeps the machine as it was then', async () => {
    const before = machine.states()
    const plan = await machine.plan('memory36-37')
    const snapshot = join(folder, 'failed.json.gz')
    await ctl('inject MEM_GOING_OFFLINE EBUSY')
    const run = await apply(plan, '--cycles', '5', '--snapshot', snapshot)
    expect(run).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/cycle 1: memory3\d goes offline: refused with EBUSY/),
      stderr: expect.stringContaining('0 of 5 cycles done. Everything is as it was.'),
    })
    const kept = await runCli(['list', snapshot])
    expect(kept).toMatchObject({ code: 0, stdout: expect.stringContaining('online') })
    const again = await apply(plan, '--cycles', '5', '--snapshot', snapshot)
    // memhp apply has no --force.
    const refused = `memhp: ${snapshot}: File exists\nTry: name another file\n`
    expect(again).toMatchObject({ code: 2, stderr: refused })

    const unwritable = join(folder, `${'long'.repeat(80)}.json`)
    const lost = await apply(plan, '--cycles', '2', '--keep-going', '--snapshot', unwritable)
    expect(lost).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/cycle 2: memory3\d goes offline: refused with EBUSY/),
    })
    expect(
      lost.stderr.split(`memhp: ${unwritable}: ENAMETOOLONG: there is no snapshot`),
    ).toHaveLength(2)

    const going = await apply(plan, '--cycles', '3', '--keep-going', '--json')
    const report = JSON.parse(going.stdout) as Report
    expect(going.code).toBe(1)
    expect(report).toMatchObject({ done: 0, failures: [{ cycle: 1 }, { cycle: 2 }, { cycle: 3 }] })
    expect(report.steps.map(({ done, failed }) => [done, failed])).toEqual([
      [0, 3],
      [0, 0],
    ])
    await ctl('inject MEM_GOING_OFFLINE 0')
    expect(machine.states()).toBe(before)
  })

  it('tells what the cycles came to also where another cannot begin', async () => {
    const before = machine.states()
    const args = ['apply', await machine.plan('memory36-37'), ...on, '--cycles', '5']
    const fullFrom = (cycle: number): Readonly<Record<string, string>> => ({
      ...environment,
      ...preload(`
        const { default: fs } = await import('node:fs')
        const { syncBuiltinESMExports } = await import('node:module')
        const { mkdir } = fs.promises
        let cycle = 0
        fs.promises.mkdir = async (path, options) => {
          if (path.endsWith('/journals')) cycle += 1
          if (cycle < ${cycle}) return mkdir(path, options)
          throw Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'mkdir' })
        }
        syncBuiltinESMExports()
      `),
    })
    const run = await spawnCli(args, { environment: fullFrom(3) })
    expect(run).toMatchObject({
      code: 74,
      stdout: expect.stringContaining('2 of 5 cycles carried out and taken back'),
      stderr: expect.stringMatching(/\/journals: No space left on device\n$/),
    })
    expect(await spawnCli(args, { environment: fullFrom(1) })).toMatchObject({
      code: 74,
      stdout: '',
    })
    expect(machine.states()).toBe(before)
  })

  it('ends at Ctrl-C with what was done so far, and everything put back', async () => {
    const before = machine.states()
    const plan = await machine.plan('memory36-37')
    const child = startCli(['apply', plan, ...on, '--cycles', '100000'], environment)
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (data) => {
      output.stdout += data
    })
    let isAsked = false
    child.stderr.on('data', (data) => {
      output.stderr += data
      if (isAsked || !output.stderr.includes('cycle 3 of')) return
      isAsked = true
      child.kill('SIGINT')
    })
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(code).toBe(130)
    expect(output.stdout).toMatch(/[23] of 100,000 cycles carried out and taken back/)
    expect(output.stderr).toContain('Everything is as it was.')
    expect(machine.states()).toBe(before)
  })

  it.each([
    [['--keep-going'], '--keep-going and --snapshot go with --cycles'],
    [['--cycles', '2', '--before', 'true'], '--cycles goes with a plan that changes a machine'],
    [['--cycles', '0'], 'expected a number, 1 to'],
  ])('refuses %s', async (flags, message) => {
    const run = await apply(await machine.plan('memory36'), ...flags)
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })

  it('refuses a plan that nothing takes back', async () => {
    const run = await apply(await machine.plan('PNP0C80:01'), '--cycles', '2')
    expect(run).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing brings it back for another cycle'),
    })
  })
})
