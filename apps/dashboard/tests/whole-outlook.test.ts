import { expect, test } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { ModelSession } from '../src/worker/session'

test.runIf(THOROUGH)(
  'what can go of 64 TiB is worked out by itself: of every block, and it tells how far it is',
  async () => {
    const shares: number[] = []
    const outlook = await new ModelSession().outlook(
      { source: { kind: 'scene', scene: 'huge' } },
      (share) => shares.push(share),
    )
    const { runs } = outlook
    expect(runs.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(524_288)
    expect(runs.every(({ start }, at) => start === (runs[at - 1]?.end ?? 0))).toBe(true)
    const verdictOf = (block: number) =>
      runs.find(({ start, end }) => start <= block && block < end)?.verdict
    // The first block has the kernel, the last of a node what boot reserved there.
    expect([0, 20_000, 32_767].map(verdictOf)).toEqual(['refuses', 'goes', 'refuses'])
    expect(shares).toEqual(Array.from({ length: 100 }, (_, index) => (index + 1) / 100))
  },
  120_000,
)
