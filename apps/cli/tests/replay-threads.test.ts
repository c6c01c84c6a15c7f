import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { sampleOf } from '../../../tests/thorough'
import { bundleProgram, bundleWorkers } from '../scripts/bundle'
import { PRESSED_AFTER_A_WHILE, PRESSED_AT_ONCE, runCli, spawnCli } from './run-cli'

// Processes start slowly where many tests share two processors.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const recording = (name: string): string =>
  fileURLToPath(new URL(`../../../recordings/${name}.json.gz`, import.meta.url))

/** The longest stands first, so that the others are done before it is told of. */
const TRACES = [
  'x86_64/x86_64-0001',
  'walks/ppc64le-hash-probe',
  'walks/x86_64-boot-block-1',
  'walks/ppc64le-radix-probe',
].map(recording)

let program = ''
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'memhp-cli-'))
  const dist = join(folder, 'dist')
  await mkdir(dist)
  await Promise.all([bundleProgram(dist), bundleWorkers(dist)])
  await cp(fileURLToPath(new URL('../bin', import.meta.url)), join(folder, 'bin'), {
    recursive: true,
  })
  await writeFile(join(dist, 'package.json'), '{ "type": "commonjs" }')
  program = join(dist, 'main.js')
  return async () => rm(folder, { recursive: true, force: true })
})

describe('a replay of several traces, as the command is built', () => {
  it('tells of them in the order given, as a replay in one thread does', async () => {
    const args = ['replay', ...TRACES]
    const run = await spawnCli(args, { nodeArguments: [program] })
    expect(run).toEqual(await runCli(args))
    expect(run).toMatchObject({ code: 0, stderr: '' })
  })

  it('ends at the first file that is not a trace, with what is wrong with it', async () => {
    const args = ['replay', ...TRACES.slice(0, 2), '/no/such/trace.json', ...TRACES]
    const run = await spawnCli(args, { nodeArguments: [program] })
    expect(run).toEqual(await runCli(args))
    expect(run).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('/no/such/trace.json: No such file or directory'),
    })
  })

  const interrupted = sampleOf(
    [
      ['replay', ...Array.from({ length: 400 }, () => TRACES).flat()],
      ['simulate', '--runs', '0', '--steps', '20', '--workers', '2'],
      ['simulate', '--runs', '0', '--steps', '20'],
    ],
    2,
  )
  it.each(interrupted)('tells at Ctrl-C what was done until then: memhp %s', async (...args) => {
    const options = { nodeArguments: [program], environment: PRESSED_AFTER_A_WHILE }
    const { code, stdout, stderr } = await spawnCli([...args, '--json'], options)
    expect(code).toBe(130)
    expect(stderr).toMatch(/^(seed .* is clean; .*\n)*memhp: interrupted\n$/)
    const { interrupted, total } = JSON.parse(stdout)
    expect(interrupted).toBe(true)
    expect(total.steps).toBeGreaterThan(0)
    const told = await spawnCli(args, options)
    expect(told.stdout.trim().split('\n').at(-1)).toMatch(
      /^(Until then \d+ of \d+ traces? agreed; |[1-9]\d* of the runs from seed \d+ on: )/,
    )
  })

  it('ends with 130 on Ctrl-C, and with nothing more', async () => {
    const args = ['replay', ...Array.from({ length: 20 }, () => TRACES).flat()]
    const run = await spawnCli(args, { nodeArguments: [program], environment: PRESSED_AT_ONCE })
    expect(run).toMatchObject({ code: 130 })
    expect(run.stdout).not.toContain('agree throughout')
  })
})
