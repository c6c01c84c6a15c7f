import { describe, expect, test } from 'vitest'
import { readZoneinfo } from './zoneinfo'

/** What a twin takes of the file; how it is read is tested with its parser. */
const TEXT = [
  'Node 0, zone      DMA',
  '  per-node stats',
  '      nr_foll_pin_acquired 7',
  '      nr_foll_pin_released 5',
  '  pages free     3840',
  '        spanned  4095',
  '        present  3998',
  '        managed  3840',
  '  pagesets',
  '    cpu: 0',
  '              count: 3',
  '    cpu: 1',
  '              count: 4',
  '  start_pfn:           1',
  'Node 0, zone  Movable',
  '  pages free     0',
  '        spanned  0',
  '        present  0',
  '        managed  0',
  '',
].join('\n')

describe('zoneinfo', () => {
  test('gives zones with pages of per-CPU lists and pins that are held, 0 where none are told', () => {
    const empty = { free: 0, spanned: 0, present: 0, managed: 0, perCpu: 0, pinned: 0 }
    expect(readZoneinfo(TEXT)).toEqual([
      {
        node: 0,
        name: 'DMA',
        free: 3840,
        spanned: 4095,
        present: 3998,
        managed: 3840,
        startPfn: 1,
        perCpu: 7,
        pinned: 2,
      },
      { node: 0, name: 'Movable', startPfn: undefined, ...empty },
    ])
  })

  test('tells the zone that lacks a line', () => {
    const lacking = TEXT.replace('        present  0\n', '')
    expect(() => readZoneinfo(lacking)).toThrow(expect.objectContaining({ line: 15 }))
  })
})
