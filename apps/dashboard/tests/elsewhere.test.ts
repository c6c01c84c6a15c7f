import { expect, test } from 'vitest'
import { archsThatAdd } from '../src/worker/like-machine'
import { ModelSession } from '../src/worker/session'

const FIRST = { kind: 'scene', scene: 'first' } as const
const NODE_2 = { kind: 'node', node: 2 } as const

const compared = [
  ['x86_64', 'v6.1', 128, 'removed'],
  ['x86_32', 'v5.10', 512, 'removed'],
  ['ppc64le', 'v6.1', 256, 'removed'],
  // Nothing of this one, of riscv64 and of sh asks for memory to be removed: it goes offline, and stays.
  ['s390x', 'v6.1', 256, 'offlined'],
  ['aarch64', 'v6.1', 128, 'removed'],
  ['loongarch64', 'v6.1', 512, 'removed'],
  ['riscv64', 'v7.3', 128, 'offlined'],
  ['ia64', 'v6.1', 1024, 'removed'],
  ['sh', 'v5.10', 64, 'offlined'],
] as const

test.each(compared)(
  'node 2 goes on a like machine of %s',
  async (arch, kernel, blockMib, outcome) => {
    const goal = NODE_2
    const other = await new ModelSession().elsewhere({ source: FIRST, arch, goal })
    expect(other).toMatchObject({ arch, kernel, blockBytes: blockMib * 2 ** 20 })
    const { timeline } = other
    expect(timeline.why).toBeNull()
    expect(timeline.outcome).toBe(outcome)
    const last = timeline.structures.at(-1)
    const leaves = last?.tables.direct.flatMap((level) => level.leaves)
    if (outcome === 'removed') expect([last?.sections, leaves]).toEqual([0, []])
    expect(timeline.frames.some(({ step }) => step?.step === 'migrate')).toBe(true)
  },
)

test('what keeps memory goes along: the other device refuses on POWER, too', async () => {
  const goal = { kind: 'device', device: 'PNP0C80:01' } as const
  const { timeline } = await new ModelSession().elsewhere({ source: FIRST, arch: 'ppc64le', goal })
  expect(timeline.outcome).toBe('refused')
  expect(timeline.why?.errno).toBe('EBUSY')
})

test('all architectures on which memory comes and goes can be compared with', () => {
  expect(archsThatAdd()).toEqual(compared.map(([arch]) => arch))
})
