import { describe, expect, it } from 'vitest'
import { parseIomem } from './iomem'
import { hotplugParameters } from './kernel-parameters'
import { meminfoBytes } from './meminfo'
import { parseNumberList } from './number-list'
import { parseBuddyinfo, parseZoneinfo } from './zoneinfo'

describe('parseNumberList', () => {
  it.each([
    ['0\n', [0]],
    ['0-2,8\n', [0, 1, 2, 8]],
    ['\n', []],
  ])('reads %j', (text, numbers) => {
    expect(parseNumberList(text)).toEqual(numbers)
  })

  it.each(['x', '3-1', '1,', '0-99999999999'])('refuses %j', (text) => {
    expect(parseNumberList(text)).toBeUndefined()
  })
})

describe('meminfoBytes', () => {
  it('reads a line of /proc/meminfo and of a node', () => {
    expect(meminfoBytes('MemTotal:       16 kB\nMemFree: 4 kB\n', 'MemFree')).toBe(4096)
    expect(meminfoBytes('Node 3 MemTotal:       16 kB\n', 'MemTotal')).toBe(16_384)
  })

  it('takes a counter without unit as it is', () => {
    expect(meminfoBytes('HugePages_Total:       7\n', 'HugePages_Total')).toBe(7)
  })

  it('gives nothing for a line that is not there', () => {
    expect(meminfoBytes('MemTotal: 1 kB\n', 'Mem')).toBeUndefined()
  })
})

describe('parseIomem', () => {
  it('nests by indentation and makes ends exclusive', () => {
    const text =
      '00100000-3fffffff : System RAM\n  01000000-01ffffff : Kernel code\n40000000-4fffffff : x : y\n'
    expect(parseIomem(text)).toEqual({
      kind: 'tree',
      roots: [
        {
          start: 0x10_0000,
          end: 0x4000_0000,
          name: 'System RAM',
          children: [{ start: 0x100_0000, end: 0x200_0000, name: 'Kernel code', children: [] }],
        },
        { start: 0x4000_0000, end: 0x5000_0000, name: 'x : y', children: [] },
      ],
    })
  })

  it('tells hidden addresses from an empty tree', () => {
    expect(
      parseIomem('00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n').kind,
    ).toBe('masked')
    expect(parseIomem('')).toEqual({ kind: 'tree', roots: [] })
  })

  it('names the line that it cannot read', () => {
    expect(parseIomem('00000000-00000fff : a\nnonsense\n')).toEqual({ kind: 'malformed', line: 2 })
    expect(parseIomem('  00000000-00000fff : child without parent\n')).toEqual({
      kind: 'malformed',
      line: 1,
    })
  })
})

describe('hotplugParameters', () => {
  it('keeps what bears on hot-plug, in order', () => {
    const text =
      'quiet memhp_default_state=online_movable movable_node memory_hotplug.online-policy=x mem=1G -- mem=2G\n'
    expect(hotplugParameters(text)).toEqual([
      { name: 'memhp_default_state', value: 'online_movable' },
      { name: 'movable_node', value: null },
      { name: 'memory_hotplug.online-policy', value: 'x' },
      { name: 'mem', value: '1G' },
    ])
  })

  it('keeps quoted blanks together', () => {
    expect(hotplugParameters('foo="a mem=1G b" "mem=2G"')).toEqual([{ name: 'mem', value: '2G' }])
  })

  it('takes dashes for underscores, as the kernel does', () => {
    expect(hotplugParameters('movable-node')).toEqual([{ name: 'movable-node', value: null }])
  })
})

/** Shortened from a live Linux 6.18 on x86_64. */
const ZONEINFO = `Node 0, zone      DMA
  per-node stats
      nr_inactive_anon 2175
  pages free     3840
        boost    0
        min      43
        low      53
        high     63
        spanned  4095
        present  3998
        managed  3840
        cma      0
        protection: (0, 3019, 5835, 5835, 5835)
      nr_free_pages 3840
  pagesets
    cpu: 0
              count:    0
              high:     7
              batch:    1
  vm stats threshold: 4
  node_unreclaimable:  0
  start_pfn:           1
Node 1, zone  Movable
  pages free     0
        min      32
        low      32
        high     32
        spanned  0
        present  0
        managed  0
`

describe('parseZoneinfo', () => {
  it('reads the zone’s counters and not those of its per-CPU lists', () => {
    const [dma, movable] = parseZoneinfo(ZONEINFO)
    expect(dma).toMatchObject({ node: 0, name: 'DMA' })
    expect(Object.fromEntries(dma?.counters ?? [])).toMatchObject({
      free: 3840,
      min: 43,
      low: 53,
      high: 63,
      spanned: 4095,
      present: 3998,
      managed: 3840,
      start_pfn: 1,
    })
    expect(movable).toMatchObject({ node: 1, name: 'Movable' })
    expect(movable?.counters.has('start_pfn')).toBe(false)
  })
})

describe('parseBuddyinfo', () => {
  it('reads one zone a line', () => {
    expect(parseBuddyinfo('Node 0, zone   Normal      1      0     44 \n')).toEqual([
      { node: 0, name: 'Normal', freeByOrder: [1, 0, 44] },
    ])
  })
})
