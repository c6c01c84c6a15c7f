import { describe, expect, it } from 'vitest'
import { TextFault } from '../text-fault'
import { parseZoneinfo, zoneCounts } from './zoneinfo'
import { zoneinfoOver } from './zoneinfo-over'

/** As Linux 7.3 prints them, shortened: two zones, of which the second has no pages. */
const DMA32 = `Node 0, zone    DMA32
  per-node stats
      nr_active_anon 4975
      nr_hugetlb   0
  pages free     204111
        boost    0
        min      11075
        promo    19379
        spanned  258016
        present  258016
        managed  225930
        cma      0
        protection: (0, 0, 0, 512, 512)
      nr_free_pages 204111
      nr_mlock     0
      numa_hit     7239
  pagesets
    cpu: 0
              count:    9299
              high:     13843
              high_min: 13843
  vm stats threshold: 8
  start_pfn:           4096
  free_highatomic:     0
`
const MOVABLE = `Node 0, zone  Movable
  pages free     0
        boost    0
        min      0
        promo    0
        spanned  0
        present  0
        managed  0
        cma      0
        protection: (0, 0, 0, 0, 0)
`
const [dma32, movable] = parseZoneinfo(DMA32 + MOVABLE).map(zoneCounts)
if (dma32 === undefined || movable === undefined) throw new Error('two zones')

describe('zoneinfo over a captured one', () => {
  const over = zoneinfoOver(DMA32 + MOVABLE)

  it('is the captured text where nothing has changed', () => {
    expect(over(dma32, true) + over(movable, false)).toBe(DMA32 + MOVABLE)
  })

  it('shows other counts, both names of the free pages among them, and keeps all else', () => {
    const text = over({ ...dma32, free: 7, spanned: 1, present: 2, managed: 3, startPfn: 5 }, true)
    expect(text).toBe(
      DMA32.replaceAll('204111', '7')
        .replace('spanned  258016', 'spanned  1')
        .replace('present  258016', 'present  2')
        .replace('225930', '3')
        .replace('4096', '5'),
    )
  })

  it('gives a zone that had no pages the lines of one that had, with counters of 0', () => {
    const pages = { free: 8, spanned: 8, present: 8, managed: 8, startPfn: 9 }
    const text = over({ ...movable, ...pages }, false)
    expect(text).toContain('      nr_free_pages 8\n      nr_mlock     0\n      numa_hit     0\n')
    expect(text).toContain('count:    0\n')
    expect(text).toContain('  start_pfn:           9\n')
    expect(text).not.toContain('per-node stats')
  })

  it('drops the lines of a zone whose pages have gone', () => {
    const none = { free: 0, spanned: 0, present: 0, managed: 0, startPfn: undefined }
    const text = over({ ...dma32, ...none }, false)
    expect(text.split('\n').at(-2)).toBe('        protection: (0, 0, 0, 512, 512)')
    expect(text).not.toContain('nr_free_pages')
  })

  it('gives a node that was not there the counts of a node, as zeros', () => {
    const text = over({ ...dma32, node: 1 }, true)
    expect(text.split('\n').slice(0, 4)).toEqual([
      'Node 1, zone    DMA32',
      '  per-node stats',
      '      nr_active_anon 0',
      '      nr_hugetlb   0',
    ])
  })

  it('refuses a text that is none', () => {
    expect(() => zoneinfoOver('MemTotal: 5 kB\n')).toThrow(TextFault)
  })
})
