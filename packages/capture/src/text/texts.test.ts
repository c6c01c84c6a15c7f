import { TextFault } from '@memhp/kernel-files'
import { describe, expect, test } from 'vitest'
import { readZoneinfo } from './zoneinfo'

/** The line of the fault that reading a text comes to. */
function faultLine(read: () => unknown): number | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return error instanceof TextFault ? error.line : Number.NaN
  }
}

describe('zoneinfo', () => {
  const text = [
    'Node 0, zone      DMA',
    '  per-node stats',
    '      nr_foll_pin_acquired 7',
    '      nr_foll_pin_released 5',
    '  pages free     3840',
    '        spanned  4095',
    '        present  3998',
    '        managed  3840',
    '        protection: (0, 452, 452, 452, 452)',
    '      nr_free_pages 3840',
    '  pagesets',
    '    cpu: 0',
    '              count: 3',
    '              high:  0',
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

  test('is a list of zones', () => {
    const empty = { free: 0, spanned: 0, present: 0, managed: 0, perCpu: 0, pinned: 0 }
    expect(readZoneinfo(text)).toEqual([
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

  test('tells the line that is wrong, or the zone that lacks one', () => {
    expect(faultLine(() => readZoneinfo(`stray\n${text}`))).toBe(1)
    expect(faultLine(() => readZoneinfo(`${text}stray\n`))).toBe(23)
    expect(faultLine(() => readZoneinfo(text.replace('        present  0\n', '')))).toBe(18)
  })
})
