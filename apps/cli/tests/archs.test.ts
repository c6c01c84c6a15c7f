import { GENERATIONS } from '@memhp/core'
import { ARCHS } from '@memhp/platforms'
import { expect, test } from 'vitest'
import type { ArchFacts } from '../src/archs/survey'
import { runCli } from './run-cli'

const survey = async (...names: readonly string[]): Promise<readonly ArchFacts[]> =>
  JSON.parse((await runCli(['archs', '--json', ...names])).stdout).archs

const without = (removal: unknown): readonly string[] => Object.keys(removal ?? {})

test('memhp archs has a row for each kind of each architecture, and no blank', async () => {
  const { code, stdout } = await runCli(['archs'])
  expect(code).toBe(0)
  const [table = ''] = stdout.split('\n\n')
  const [heading = '', ...rows] = table.trimEnd().split('\n')
  const kinds = ARCHS.flatMap(({ variants = { '': {} } }) => Object.keys(variants))
  expect(rows).toHaveLength(kinds.length)
  expect(heading.trim().split(/ {2,}| (?=[A-Z])/).length).toBeGreaterThan(10)
  for (const row of rows) expect(row.trimEnd().split(/ {2,}/).length).toBeGreaterThan(9)
})

test('each sentence below the table has its subject, and each kernel that is named is explained', async () => {
  const { stdout } = await runCli(['archs'])
  const [, notes = '', kernels = ''] = stdout.trimEnd().split('\n\n')
  const names = ARCHS.map(({ name }) => name).join('|')
  const known = GENERATIONS.map(({ name }) => name.replaceAll('.', '\\.')).join('|')
  const ofArch = new RegExp(`^(?:${names}) (?:cannot|never) .* \\[(?:(?:${known}) ?)+\\]$`)
  const ofKernels = new RegExp(`^(?:(?:${known})(?:, | and )?)+ ha(?:s|ve) .*(?:${names}).*\\.$`)
  for (const note of notes.split('\n'))
    expect(ofArch.test(note) || ofKernels.test(note), note).toBe(true)
  const explained = kernels.split('\n').map((line) => line.split(' ')[0])
  expect(explained).toEqual(['KERNEL', ...GENERATIONS.map(({ name }) => name)])
})

test.each(['archs', 'archs --removal'])(
  'memhp %s keeps to the width of a terminal',
  async (line) => {
    const { stdout } = await runCli(line.split(' '), { columns: 80 })
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
  },
)

test('each kernel answers for each kind: it adds or refuses, it removes or refuses, and a refusal has its reason', async () => {
  for (const { arch, kernels } of await survey()) {
    for (const { kernel, absent, add, remove } of kernels) {
      if (absent !== null) {
        expect(absent, `${arch} ${kernel}`).toContain(arch)
        continue
      }
      for (const answer of [add, remove]) {
        if (answer?.kind === 'allowed') continue
        expect(without(answer), `${arch} ${kernel}`).toEqual(
          expect.arrayContaining(['errno', 'reason']),
        )
      }
    }
  }
})

test('what Linux dropped, and what it never had, is told', async () => {
  const [ia64] = await survey('ia64')
  const at = (facts: ArchFacts | undefined, name: string) =>
    facts?.kernels.find(({ kernel }) => kernel === name)
  expect(at(ia64, 'v6.1')).toMatchObject({ absent: null, remove: { kind: 'allowed' } })
  expect(at(ia64, 'v6.12')?.absent).toContain('has no ia64')
  const [tile] = await survey('tile')
  expect(at(tile, 'rfc9')).toMatchObject({
    add: { kind: 'not-written' },
    remove: { kind: 'not-written', errno: 'EBUSY' },
  })
})

test('the same GiB is removed on all of them, and what was freed stands side by side', async () => {
  const { stdout } = await runCli(['archs', '--removal'])
  const kinds = ARCHS.flatMap(({ variants = { '': {} } }) => Object.keys(variants))
  expect(stdout.split('\n\n')[0]?.trimEnd().split('\n')).toHaveLength(1 + kinds.length)
  const { removals } = JSON.parse((await runCli(['archs', '--removal', '--json'])).stdout)
  const of = (arch: string, kind: string) =>
    removals.find(
      (each: { arch: string; kind: string }) => each.arch === arch && each.kind === kind,
    )
  expect(of('x86_64', 'four levels')).toMatchObject({
    bytes: 2 ** 30,
    change: { direct: { leaves: [{ leafBytes: 2 ** 30, count: 1 }] } },
  })
  // Without large leaves each page has an entry, and each MiB a table.
  expect(of('s390x', 'without EDAT')?.change.direct).toMatchObject({
    leaves: [{ leafBytes: 4096, count: 262_144 }],
    tables: [{ level: 'PTE', count: 1024 }],
  })
  // Struct pages of ia64 are never freed.
  expect(of('ia64', '16 KiB pages')?.change.memmap.left.length).toBeGreaterThan(0)
  for (const arch of ['sparc64', 'tile'])
    for (const each of removals.filter((entry: { arch: string }) => entry.arch === arch))
      expect(each).toMatchObject({ bytes: 0, change: null, refusal: expect.stringContaining(arch) })
})

test('an architecture that there is not is refused, with those that there are', async () => {
  const { code, stderr } = await runCli(['archs', 'vax'])
  expect(code).toBe(2)
  expect(stderr).toContain('x86_64, x86_32, ppc64le')
})
