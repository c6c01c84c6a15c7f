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
  const columns = heading.trim().split(/ {2,}| (?=[A-Z])/).length
  expect(columns).toBeGreaterThan(10)
  for (const row of rows) expect(row.trimEnd().split(/ {2,}/).length).toBeGreaterThan(9)
})

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

test('an architecture that there is not is refused, with those that there are', async () => {
  const { code, stderr } = await runCli(['archs', 'vax'])
  expect(code).toBe(2)
  expect(stderr).toContain('x86_64, x86_32, ppc64le')
})
