import { expect, it } from 'vitest'
import { derivePageBytes, type PageSizeEvidence } from './page-size'

const NOTHING: PageSizeEvidence = {
  givenBytes: undefined,
  managedPages: 0,
  presentPages: 0,
  memTotalBytes: undefined,
  onlineBytes: 0,
}

it('believes the caller first', () => {
  const evidence = { ...NOTHING, givenBytes: 16_384, managedPages: 10, memTotalBytes: 40_960 }
  expect(derivePageBytes(evidence)).toEqual({ bytes: 16_384, from: 'given' })
})

it.each([4096, 16_384, 65_536])(
  'finds %i from MemTotal, which may be read a moment later',
  (page) => {
    const evidence = { ...NOTHING, managedPages: 100_000, memTotalBytes: page * 99_000 }
    expect(derivePageBytes(evidence)).toEqual({ bytes: page, from: 'meminfo' })
  },
)

it('finds the size from the blocks where MemTotal is missing', () => {
  const evidence = { ...NOTHING, presentPages: 15_000, onlineBytes: 16_384 * 65_536 }
  expect(derivePageBytes(evidence)).toEqual({ bytes: 65_536, from: 'blocks' })
})

it('does not believe a size that no kernel has', () => {
  const evidence = { ...NOTHING, managedPages: 1, memTotalBytes: 2 ** 30 }
  expect(derivePageBytes(evidence)).toEqual({ bytes: 4096, from: 'assumed' })
})
