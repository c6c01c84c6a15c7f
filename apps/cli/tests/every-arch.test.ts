import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMachine, GENERATIONS, refusalOf } from '@memhp/core'
import { ARCHS } from '@memhp/platforms'
import { afterAll, describe, expect, test } from 'vitest'
import { runCli } from './run-cli'

const FOLDER = mkdtempSync(join(tmpdir(), 'memhp-archs-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

/** One kind of an architecture, with a kernel that runs on it: v6.1 where that does, else the newest before it. */
interface Kind {
  readonly arch: string
  readonly kind: string
  readonly kernel: string
  /** A scenario that boots it and does nothing. */
  readonly scenario: string
}

const MIB = 2 ** 20

/** Two sections of ia64 with its largest pages; what SuperH has addresses for. */
const memoryMib = (arch: string, kind: string): number =>
  arch === 'sh' ? 128 : kind === '64 KiB pages' ? 8192 : 2048

function kernelOf(arch: string, archOptions: object, end: number): string {
  const runs = (kernel: string): boolean =>
    refusalOf(() =>
      createMachine(
        {
          arch,
          archOptions: { ...archOptions },
          kernel,
          nodes: [{ id: 0, cpus: [0] }],
          ram: [{ start: 0, end, node: 0 }],
        },
        { archs: ARCHS, drivers: [], kernels: GENERATIONS },
      ),
    ) === undefined
  const older = GENERATIONS.map(({ name }) => name).filter((name) => /^v[36][.]1/.test(name))
  return older.findLast((kernel) => kernel !== 'v6.12' && runs(kernel)) ?? 'v6.1'
}

const KINDS: readonly Kind[] = ARCHS.flatMap(({ name: arch, variants = { '': {} } }) =>
  Object.entries(variants).map(([kind, options]) => {
    const mib = memoryMib(arch, kind)
    const kernel = kernelOf(arch, options, mib * MIB)
    const scenario = join(FOLDER, `${arch}-${kind.replaceAll(/\W+/g, '-')}.yaml`)
    const machine = { arch, 'arch-options': options, kernel, memory: `${mib}M` }
    const steps = [{ note: 'It has booted.', expect: { uevents: [] } }]
    writeFileSync(
      scenario,
      JSON.stringify({ 'memhp-scenario': 1, title: `${arch}, ${kind}`, machine, steps }),
    )
    return { arch, kind, kernel, scenario }
  }),
)

const runs = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await runCli(args)
  expect(stderr).not.toContain('memhp:')
  expect(code).toBe(0)
  return stdout
}

describe.each(KINDS)('$arch, $kind', ({ arch, kind, kernel, scenario }) => {
  test('memhp run', async () => {
    expect(await runs('run', scenario)).toContain(`${arch}, ${kind}`)
  })

  test('memhp shell', async () => {
    const text = await runs('shell', scenario, '--until', '0', '-c', 'cat /proc/meminfo')
    expect(text).toMatch(/MemTotal: +\d+ kB/)
  })

  test('memhp show page-table, all of it and a block', async () => {
    const all = await runs('show', 'page-table', '--scenario', scenario)
    expect(all).toContain('REGION')
    // SuperH maps its memory by segments, which are shown, too.
    expect(all.split('\n').length).toBeGreaterThan(1)
    expect(await runs('show', 'page-table', 'block', '0', '--scenario', scenario)).toContain(
      'REGION',
    )
  })

  test('memhp faults', async () => {
    const point = 'offline/isolate'
    const flags = ['--arch', arch, '--variant', kind, '--kernel', kernel, '--point', point]
    // Boot memory of arm64 never does.
    const operation = arch === 'aarch64' ? 'a free block goes offline' : 'boot memory goes offline'
    expect(await runs('faults', ...flags, '--operation', operation)).toContain(point)
  }, 30_000)

  test('memhp rehearse, of the machine of a scenario', async () => {
    const { code, stdout, stderr } = await runCli(['rehearse', scenario, '--remove-blocks', '1'])
    expect(stdout).toContain(` on ${arch}\n`)
    // Where the machine has few blocks, what boot reserved lies in this one, or a zone ends in it; on arm64 boot memory stays.
    if (code === 0) expect(stdout).toContain('memory1 can go offline')
    else
      expect(stderr).toMatch(
        /^memhp: memory1 stays(?:: pages of more|: a driver refused| because of page 0x)/,
      )
    expect(stdout).toContain('it balances')
  })
})

test.each(ARCHS.map(({ name }) => name))('memhp simulate, %s', async (arch) => {
  expect(await runs('simulate', '--arch', arch, '--steps', '5', '--seed', '1')).toContain(
    'every invariant held',
  )
})
