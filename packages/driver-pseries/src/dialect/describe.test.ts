import { MIB } from '@memhp/core'
import type { CapturedHost } from '@memhp/core/plugin'
import { expect, test } from 'vitest'
import { keptMemory } from './describe'

/** What is kept on a machine whose first memory, of node 0, is so long. */
const keptOn = (mib: number, arch = 'ppc64le', start = 0): readonly (readonly number[])[] => {
  const capture = { arch, files: {}, links: {}, modes: {}, directories: [] }
  const host: CapturedHost = {
    capture,
    blockBytes: 256 * MIB,
    blocks: [],
    text: () => undefined,
    assume: () => {},
  }
  const ram = [
    { start, end: start + mib * MIB, node: 0 },
    { start: 4096 * MIB, end: 8192 * MIB, node: 1 },
  ]
  return keptMemory(host, ram).map((kept) => [kept.start, kept.end])
}

const SERVICES = [0x2fff_0000, 0x3000_0000]
const BUFFER = [0x3fff_0000, 0x4000_0000]

test.each([
  [512, []],
  [768, []],
  [1024, [SERVICES]],
  [1280, [SERVICES, BUFFER]],
  [4096, [SERVICES, BUFFER]],
])(
  'of %i MiB firmware keeps its services and their buffer where boot keeps no more',
  (mib, kept) => {
    expect(keptOn(mib)).toEqual(kept)
  },
)

test('memory of other machines, and such as does not begin at 0, has none', () => {
  expect(keptOn(4096, 'x86_64')).toEqual([])
  expect(keptOn(2048, 'ppc64le', 1024 * MIB)).toEqual([])
  expect(keptOn(4096, 'ppc64')).toHaveLength(2)
})
