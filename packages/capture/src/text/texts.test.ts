import { TextFault } from '@memhp/core/inspect'
import { describe, expect, test } from 'vitest'
import { parseHex } from './hex'
import { parseMeminfo } from './meminfo'
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

describe('hexadecimal numbers', () => {
  test('are read with and without 0x', () => {
    expect([parseHex('8000000\n'), parseHex('0xffffffffff\n')]).toEqual([2 ** 27, 2 ** 40 - 1])
  })

  test.each(['', 'g', '0x', '-1', 'ffffffffffffffff', '1\n\n'])('%j is refused', (text) => {
    expect(faultLine(() => parseHex(text))).toBe(1)
  })
})

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

describe('meminfo', () => {
  test('is read by name', () => {
    const meminfo = parseMeminfo('Node 1 MemTotal:  8 kB\nNode 1 Active(anon):  1 kB\n')
    expect([...meminfo]).toEqual([
      ['MemTotal', 8],
      ['Active(anon)', 1],
    ])
  })

  test('tells the line that is wrong', () => {
    expect(faultLine(() => parseMeminfo('MemTotal: 1 kB\nMemFree 3\n'))).toBe(2)
  })
})
