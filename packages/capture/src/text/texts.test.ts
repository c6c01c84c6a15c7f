import { describe, expect, test } from 'vitest'
import { TextFault } from '../fault'
import { parseBuddyinfo } from './buddyinfo'
import { parseHex } from './hex'
import { isMaskedIomem, parseIomem, systemRamLines } from './iomem'
import { parseMeminfo } from './meminfo'
import { formatNumberList, parseNumberList } from './number-list'
import { parseZoneinfo } from './zoneinfo'

/** The line of the fault that reading a text comes to. */
function faultLine(read: () => unknown): number | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return error instanceof TextFault ? error.line : Number.NaN
  }
}

describe('lists of numbers', () => {
  test.each(['', '0', '0-3', '0,2-3,7'])('%j is read and written alike', (text) => {
    expect(formatNumberList(parseNumberList(`${text}\n`))).toBe(text)
  })

  test.each(['a', '3-1', '0-', '0,,1', '0-99999999'])('%j is refused', (text) => {
    expect(faultLine(() => parseNumberList(text))).toBe(1)
  })
})

describe('hexadecimal numbers', () => {
  test('are read with and without 0x', () => {
    expect([parseHex('8000000\n'), parseHex('0xffffffffff\n')]).toEqual([2 ** 27, 2 ** 40 - 1])
  })

  test.each(['', 'g', '0x', '-1', 'ffffffffffffffff', '1\n\n'])('%j is refused', (text) => {
    expect(faultLine(() => parseHex(text))).toBe(1)
  })
})

describe('iomem', () => {
  const text = [
    '00001000-0009fbff : System RAM',
    '100000000-17fffffff : ee1a28a0-virtio',
    '  100000000-13fffffff : System RAM (virtio_mem)',
    '    100000000-100ffffff : Kernel code',
    '180000000-1ffffffff : System RAM',
    '',
  ].join('\n')

  test('is a tree by indentation', () => {
    const [, device] = parseIomem(text)
    expect(device?.children[0]?.children[0]).toEqual({
      start: 2 ** 32,
      end: 0x100ffffff,
      name: 'Kernel code',
      children: [],
    })
  })

  test('has System RAM at the top and inside devices', () => {
    expect(systemRamLines(parseIomem(text)).map(({ name }) => name)).toEqual([
      'System RAM',
      'System RAM (virtio_mem)',
      'System RAM',
    ])
  })

  test('tells the line that is not one of its own', () => {
    expect(faultLine(() => parseIomem(`${text}what\n`))).toBe(6)
    expect(faultLine(() => parseIomem('    00000000-00000fff : too deep\n'))).toBe(1)
  })

  test('is masked when every address is zero', () => {
    expect(isMaskedIomem('00000000-00000000 : a\n  00000000-00000000 : b\n')).toBe(true)
    expect(isMaskedIomem('00000000-00000fff : a\n00000000-00000000 : b\n')).toBe(false)
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
    expect(parseZoneinfo(text)).toEqual([
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
    expect(faultLine(() => parseZoneinfo(`stray\n${text}`))).toBe(1)
    expect(faultLine(() => parseZoneinfo(`${text}stray\n`))).toBe(23)
    expect(faultLine(() => parseZoneinfo(text.replace('        present  0\n', '')))).toBe(18)
  })
})

describe('meminfo and buddyinfo', () => {
  test('are read by name and by zone', () => {
    const meminfo = parseMeminfo('Node 1 MemTotal:  8 kB\nNode 1 Active(anon):  1 kB\n')
    expect([...meminfo]).toEqual([
      ['MemTotal', 8],
      ['Active(anon)', 1],
    ])
    expect(parseBuddyinfo('Node 0, zone      DMA      1      0      3 \n')).toEqual([
      { node: 0, name: 'DMA', chunks: [1, 0, 3] },
    ])
  })

  test('tell the line that is wrong', () => {
    expect(faultLine(() => parseMeminfo('MemTotal: 1 kB\nMemFree 3\n'))).toBe(2)
    expect(faultLine(() => parseBuddyinfo('Node 0, zone DMA 1\nNode x\n'))).toBe(2)
  })
})
