import { expect, it } from 'vitest'
import { type PageSizeEvidence, pageSizeFrom } from './page-size'

const NOTHING: PageSizeEvidence = {
  archPageBytes: undefined,
  nodes: [],
  machine: undefined,
  blocks: undefined,
}
const PAGES = 100_000

it('believes an architecture that has one size', () => {
  const nodes = [{ bytes: PAGES * 8192, pages: PAGES }]
  expect(pageSizeFrom({ ...NOTHING, archPageBytes: [4096], nodes })).toEqual({
    bytes: 4096,
    from: 'architecture',
  })
})

it.each([4096, 16_384, 65_536])('finds %i from the nodes, read a moment apart', (page) => {
  const nodes = [
    { bytes: page * 99_500, pages: PAGES },
    { bytes: 0, pages: 0 },
  ]
  expect(pageSizeFrom({ ...NOTHING, nodes })).toEqual({ bytes: page, from: 'node-meminfo' })
})

it.each([2, 3, 4, 1.2, 16])(
  'does not believe a machine that counts %d times the pages that its zones manage yet',
  (factor) => {
    const machine = { bytes: PAGES * 4096 * factor, pages: PAGES }
    const blocks = { bytes: PAGES * 4096 * 1.1, pages: PAGES }
    expect(pageSizeFrom({ ...NOTHING, machine, blocks })).toEqual({
      bytes: 4096,
      from: 'blocks',
    })
  },
)

it('finds the size from the blocks where nodes disagree', () => {
  const nodes = [
    { bytes: PAGES * 4096, pages: PAGES },
    { bytes: PAGES * 8192, pages: PAGES },
  ]
  const blocks = { bytes: 16_384 * 65_536, pages: 15_000 }
  expect(pageSizeFrom({ ...NOTHING, nodes, blocks })).toEqual({ bytes: 65_536, from: 'blocks' })
})

it('takes no size that the architecture does not have', () => {
  const nodes = [{ bytes: PAGES * 8192, pages: PAGES }]
  expect(pageSizeFrom({ ...NOTHING, archPageBytes: [4096, 65_536], nodes })).toEqual({
    bytes: 4096,
    from: 'assumed',
  })
  const machine = { bytes: 2 ** 30, pages: 1 }
  expect(pageSizeFrom({ ...NOTHING, machine })).toEqual({ bytes: 4096, from: 'assumed' })
})
