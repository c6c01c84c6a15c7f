import { expect, test } from 'vitest'
import { injectionPointsOf } from '../packages/conformance/src/sweep/sweep-all'
import { injectionPointsPage, passedPoints } from '../scripts/injection-points-page'
import { readText } from '../scripts/workspace'

const page = readText('docs/injection-points.md')

test('docs/injection-points.md lists every point, what its failure leaves, and where it is passed', () => {
  const rows = page.split('\n').filter((line) => /^\| `[^`]+` \|.*\|.*\|.*\|.*\|/.test(line))
  const points = injectionPointsOf()
  for (const [i, { name, what, errno, leaves = [] }] of points.entries()) {
    const cells = rows[i]?.split(' | ') ?? []
    expect(cells[0]).toBe(`| \`${name}\``)
    expect([cells[1]?.endsWith(what), cells[2]]).toEqual([true, errno])
    const left = leaves.map((id) => `\`${id}\``).join(', ')
    expect(cells.at(-1)).toBe(`${left === '' ? 'nothing' : left} |`)
    // Operations, kernels, architectures: a point that nothing passes has none.
    expect(cells.slice(3, 6)).not.toContain('')
  }
})

test.runIf(process.env.MEMHP_THOROUGH === '1')(
  'it is as `pnpm docs:points` writes it',
  { timeout: 1_200_000 },
  () => {
    expect(injectionPointsPage(passedPoints())).toBe(page)
  },
)
