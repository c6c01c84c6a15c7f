import { describe, expect, test } from 'vitest'
import { TextFault } from '../text-fault'
import { parseBuddyinfo } from './buddyinfo'
import { formatIomem, type IomemLine, isMaskedIomem, parseIomem } from './iomem'
import { directMapOf, kilobytesOf, meminfoOver, parseMeminfo } from './meminfo'
import { formatPagetypeinfo, parsePagetypeinfo } from './pagetypeinfo'
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

  test('tells the line that it does not know', () => {
    expect(faultLine(() => parseIomem(`${text}what\n`))).toBe(6)
    expect(faultLine(() => parseIomem('    00000000-00000fff : too deep\n'))).toBe(1)
  })

  test('is printed no deeper than five levels below the top', () => {
    const nested = (depth: number): IomemLine[] =>
      depth === 0 ? [] : [{ start: 0, end: 0xfff, name: `${depth}`, children: nested(depth - 1) }]
    const indents = formatIomem(nested(8))
      .trimEnd()
      .split('\n')
      .map((line) => line.search(/\S/))
    expect(indents).toEqual([0, 2, 4, 6, 8, 10, 10, 10])
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
    '        high     63',
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

  test('is a list of zones with their counters, not those of per-CPU lists', () => {
    const [dma, movable] = parseZoneinfo(text)
    expect(dma).toMatchObject({ line: 1, node: 0, name: 'DMA', perCpu: 7 })
    expect(Object.fromEntries(dma?.counters ?? [])).toEqual({
      nr_foll_pin_acquired: 7,
      nr_foll_pin_released: 5,
      free: 3840,
      high: 63,
      spanned: 4095,
      present: 3998,
      managed: 3840,
      nr_free_pages: 3840,
      start_pfn: 1,
    })
    expect(movable).toMatchObject({ node: 0, name: 'Movable', perCpu: 0 })
    expect(movable?.counters.has('start_pfn')).toBe(false)
  })

  test('tells the line that is wrong', () => {
    expect(faultLine(() => parseZoneinfo(`stray\n${text}`))).toBe(1)
    expect(faultLine(() => parseZoneinfo(`${text}stray\n`))).toBe(24)
  })
})

describe('buddyinfo', () => {
  test('is one zone a line', () => {
    expect(parseBuddyinfo('Node 0, zone      DMA      1      0      3 \n')).toEqual([
      { node: 0, name: 'DMA', freeByOrder: [1, 0, 3] },
    ])
  })

  test('tells the line that is wrong', () => {
    expect(faultLine(() => parseBuddyinfo('Node 0, zone DMA 1\nNode x\n'))).toBe(2)
  })
})

describe('meminfo', () => {
  test('is read by name, of a machine or of a node', () => {
    const meminfo = parseMeminfo(
      'Node 1 MemTotal:  8 kB\nNode 1 Active(anon):  1 kB\nHugePages_Total: 7\n',
    )
    expect([...meminfo]).toEqual([
      ['MemTotal', { value: 8, unit: 'kB' }],
      ['Active(anon)', { value: 1, unit: 'kB' }],
      ['HugePages_Total', { value: 7, unit: 'count' }],
    ])
    expect(kilobytesOf(meminfo, 'MemTotal')).toBe(8)
    expect(kilobytesOf(meminfo, 'HugePages_Total')).toBeUndefined()
    expect(kilobytesOf(meminfo, 'Mem')).toBeUndefined()
  })

  test('tells the line that is wrong', () => {
    expect(faultLine(() => parseMeminfo('MemTotal: 1 kB\nMemFree 3\n'))).toBe(2)
    expect(faultLine(() => parseMeminfo('MemTotal: 1 MB\n'))).toBe(1)
  })

  test('counts the direct map by leaf size', () => {
    const text =
      'DirectMap4k: 4 kB\nDirectMap64k: 64 kB\nDirectMap2M: 0 kB\nDirectMap1G: 1048576 kB\n'
    expect([...directMapOf(parseMeminfo(text))]).toEqual([
      [2 ** 12, 2 ** 12],
      [2 ** 16, 2 ** 16],
      [2 ** 21, 0],
      [2 ** 30, 2 ** 30],
    ])
    expect(directMapOf(parseMeminfo('MemTotal: 1 kB\n')).size).toBe(0)
  })

  test('is shown over a captured text, whose other lines stay as they are', () => {
    const base = 'Node 0 MemTotal:  1 kB\nNode 0 FileHugePages:        0 kB\n'
    const kilobytes = { MemTotal: 930320, MemFree: 0 }
    expect(meminfoOver({ base, node: 0 })({ kilobytes, lines: ['DirectMap4k: 4'] })).toBe(
      [
        'Node 0 MemTotal:         930320 kB',
        'Node 0 FileHugePages:        0 kB',
        'Node 0 MemFree:               0 kB',
        'DirectMap4k: 4',
        '',
      ].join('\n'),
    )
  })

  test('shows each time what it is given, and gives one text again as it was', () => {
    const over = meminfoOver({ base: undefined, node: undefined })
    const first = over({ kilobytes: { MemFree: 1 }, lines: ['A: 1'] })
    expect(over({ kilobytes: { MemFree: 1 }, lines: ['A: 1'] })).toBe(first)
    expect(over({ kilobytes: { MemFree: 2 }, lines: ['A: 1'] })).toMatch(/^MemFree: +2 kB\nA: 1\n$/)
    expect(over({ kilobytes: { MemFree: 2 }, lines: ['A: 2'] })).toMatch(/^MemFree: +2 kB\nA: 2\n$/)
    expect(over({ kilobytes: { MemFree: 2 }, lines: [] })).toMatch(/^MemFree: +2 kB\n$/)
  })
})

describe('pagetypeinfo', () => {
  const text = (cell: number): string =>
    formatPagetypeinfo([
      {
        node: 0,
        pageblockOrder: 9,
        types: ['Movable'],
        zones: [{ name: 'DMA', freeByOrder: [[cell]], pageblocks: [1] }],
      },
    ])

  test('counts free chunks up to 100000', () => {
    expect(text(99_999)).toContain('Movable  99999 ')
    expect(text(100_000)).toContain('Movable >100000 ')
    expect(text(2 ** 30)).toBe(text(100_000))
    expect(parsePagetypeinfo(text(100_000))[0]?.zones[0]?.freeByOrder).toEqual([[100_000]])
  })

  test('tells the line that is wrong', () => {
    expect(faultLine(() => parsePagetypeinfo(`${text(1)}stray\n`))).toBe(9)
    expect(faultLine(() => parsePagetypeinfo(text(1).replace('order: 9', 'order: x')))).toBe(1)
  })
})
