import { ERRNO, isHotplugError } from '@memhp/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GatheredCapture, gatherCapture } from './gather'
import { parseLsmem } from './lsmem-report'
import { REPORT_KINDS, type ReportText, recogniseReport, splitReport } from './report-kind'

/** Of a guest of Debian 12 under QEMU, 1 GiB. */
const IOMEM = `00000000-00000fff : Reserved
00001000-0009fbff : System RAM
00100000-3ffdffff : System RAM
  01000000-01e01fff : Kernel code
3ffe0000-3fffffff : Reserved
`
const TABLE = `RANGE                                  SIZE   STATE REMOVABLE BLOCK NODE  ZONES
0x0000000000000000-0x0000000007ffffff  128M  online       yes     0    0   None
0x0000000008000000-0x0000000037ffffff  768M  online       yes   1-6    0  DMA32
0x0000000038000000-0x000000003fffffff  128M offline               7    0 DMA32/Movable

Memory block size:       128M
Total online memory:     896M
Total offline memory:    128M
`
const RAW = `RANGE SIZE STATE REMOVABLE BLOCK NODE ZONES
0x0000000000000000-0x0000000007ffffff 128M online yes 0 0 None
0x0000000008000000-0x0000000037ffffff 768M online yes 1-6 0 DMA32
0x0000000038000000-0x000000003fffffff 128M offline  7 0 DMA32/Movable
`
const PAIRS = `RANGE="0x0000000000000000-0x0000000007ffffff" SIZE="128M" STATE="online" REMOVABLE="yes" BLOCK="0" NODE="0" ZONES="None"
RANGE="0x0000000008000000-0x0000000037ffffff" SIZE="768M" STATE="online" REMOVABLE="yes" BLOCK="1-6" NODE="0" ZONES="DMA32"
RANGE="0x0000000038000000-0x000000003fffffff" SIZE="128M" STATE="offline" REMOVABLE="" BLOCK="7" NODE="0" ZONES="DMA32/Movable"
`
const row = (range: string, state: string, rest: object): object => ({ range, state, ...rest })
const JSON_TEXT = JSON.stringify({
  memory: [
    row('0x0000000000000000-0x0000000007ffffff', 'online', {
      size: '128M',
      removable: true,
      block: '0',
      node: 0,
      zones: 'None',
    }),
    row('0x0000000008000000-0x0000000037ffffff', 'online', {
      size: '768M',
      removable: true,
      block: '1-6',
      node: 0,
      zones: 'DMA32',
    }),
    row('0x0000000038000000-0x000000003fffffff', 'offline', {
      size: '128M',
      removable: false,
      block: '7',
      node: 0,
      zones: 'DMA32/Movable',
    }),
  ],
})
const BOOT = `[    0.000000] Linux version 6.1.0-57-cloud-amd64 (debian-kernel@lists.debian.org)
[    0.000000] Command line: quiet nokaslr
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x000000003ffdffff] usable
[    0.000000] BIOS-e820: [mem 0x000000003ffe0000-0x000000003fffffff] reserved
[    0.012000] ACPI: SRAT: Node 0 PXM 0 [mem 0x100000000-0x4ffffffff] hotplug
[    0.050000]   node   0: [mem 0x0000000000100000-0x000000003ffdffff]
[    0.100000] Memory: 219836K/1048056K available (14343K kernel code)
[    0.779345] x86/mm: Memory block size: 128MB
`
const NUMACTL = `available: 2 nodes (0-1)
node 0 cpus: 0 1
node 0 size: 960 MB
node 0 free: 700 MB
node 1 cpus:
node 1 size: 0 MB
node 1 free: 0 MB
node distances:
node   0   1 
  0:  10  20 
  1:  20  10 
`
const DIMM = (start: number, node: number): string =>
  JSON.stringify({
    return: [
      {
        type: 'dimm',
        data: {
          memdev: '/objects/m1',
          hotplugged: true,
          addr: start,
          hotpluggable: true,
          size: 2 ** 27,
          slot: 0,
          node,
          id: 'd1',
        },
      },
      {
        type: 'virtio-mem',
        data: {
          memaddr: 2 ** 34,
          size: 0,
          'requested-size': 2 ** 20,
          'max-size': 2 ** 30,
          node: 0,
          id: 'v1',
          memdev: '/objects/v',
        },
      },
    ],
  })

const text = (name: string, content: string): ReportText => ({ name, text: content })
const gather = (...texts: readonly ReportText[]): GatheredCapture =>
  gatherCapture(texts, { tool: 'test', arch: 'x86_64' })
const fact = ({ facts }: GatheredCapture, name: string): string | undefined =>
  facts.find((each) => each.fact === name)?.how
const MEMORY = '/sys/devices/system/memory'

describe('what lsmem prints', () => {
  it.each([
    ['a table', TABLE],
    ['raw', RAW],
    ['pairs', PAIRS],
    ['JSON', JSON_TEXT],
    ['a table that is quoted', TABLE.replaceAll(/^/gm, '> ')],
  ])('as %s gives the same blocks', (_, printed) => {
    expect(parseLsmem(printed).rows.map(({ line: _line, ...rest }) => rest)).toEqual([
      {
        range: { start: 0, end: 2 ** 27 },
        blocks: { first: 0, last: 0 },
        sizeBytes: 2 ** 27,
        state: 'online',
        removable: true,
        node: 0,
        zones: ['None'],
      },
      expect.objectContaining({ blocks: { first: 1, last: 6 }, zones: ['DMA32'] }),
      {
        range: { start: 7 * 2 ** 27, end: 2 ** 30 },
        blocks: { first: 7, last: 7 },
        sizeBytes: 2 ** 27,
        state: 'offline',
        node: 0,
        zones: ['DMA32', 'Movable'],
      },
    ])
  })

  it('without its headings has the columns of lsmem without flags', () => {
    const [line = ''] = ['0x0000000000000000-0x0000000007ffffff 128M online yes 0']
    expect(parseLsmem(line).rows).toMatchObject([{ state: 'online', blocks: { first: 0 } }])
  })
})

describe('a text', () => {
  it.each([
    ['lsmem', TABLE],
    ['lsmem', RAW],
    ['lsmem', PAIRS],
    ['lsmem', JSON_TEXT],
    ['iomem', IOMEM],
    ['dmesg', BOOT],
    ['numactl', NUMACTL],
    ['memory-devices', DIMM(0, 0)],
    ['daxctl', '[{"chardev":"dax0.0","size":16909336576,"target_node":2,"mode":"system-ram"}]'],
    ['zoneinfo', 'Node 0, zone      DMA\n  per-node stats\n'],
    [
      'buddyinfo',
      'Node 0, zone      DMA      1      0      0      1      2      1      1      0      1      1      3 \n',
    ],
    ['meminfo', 'MemTotal:        1000000 kB\nMemFree: 1 kB\n'],
    ['version', 'Linux version 6.1.0 (x) #1\n'],
    ['uname', 'Linux host 6.1.0 #1 SMP Debian x86_64 GNU/Linux\n'],
    ['cmdline', 'BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro\n'],
  ] as const)('is known to be %s by its content', (kind, content) => {
    expect(recogniseReport(content)).toBe(kind)
  })

  it('of several with their prompts is cut, and places count from the top', () => {
    const pasted = `root@host:~# cat /proc/iomem\n${IOMEM}root@host:~# lsmem -a\n${TABLE}`
    expect(splitReport(text('a', pasted)).map(({ firstLine }) => firstLine)).toEqual([2, 8])
    const { capture } = gather(text('a', pasted))
    expect(capture.files['/proc/iomem']).toBe(IOMEM)
    const torn = pasted.replace('online', 'onlin3')
    expect(() => gather(text('a', torn))).toThrow(/^a:9: "onlin3" is not a cell of STATE/)
  })
})

describe('a capture of texts', () => {
  it('has what they tell, and says where it is from', () => {
    const gathered = gather(text('l', TABLE), text('i', IOMEM), text('d', BOOT), text('n', NUMACTL))
    const { files, links, unreadable } = gathered.capture
    expect(files[`${MEMORY}/block_size_bytes`]).toBe('8000000\n')
    expect(files[`${MEMORY}/memory7/state`]).toBe('offline\n')
    expect(files[`${MEMORY}/memory7/valid_zones`]).toBe('DMA32 Movable\n')
    expect(files[`${MEMORY}/memory7/removable`]).toBeUndefined()
    expect(files[`${MEMORY}/memory0/valid_zones`]).toBe('none\n')
    expect(links[`${MEMORY}/memory3/node0`]).toBe('../../node/node0')
    expect(files['/sys/devices/system/node/node1/distance']).toBe('20 10\n')
    expect(files['/proc/cmdline']).toBe('quiet nokaslr\n')
    expect(files['/sys/firmware/memmap/1/type']).toBe('System RAM\n')
    expect(gathered.capture.kernelRelease).toBe('6.1.0-57-cloud-amd64')
    expect(unreadable).toEqual([])
    expect(gathered.contradictions).toEqual([])
    expect(fact(gathered, 'states of blocks')).toBe('known')
    expect(fact(gathered, 'free chunks')).toBe('unknown')
    expect(fact(gathered, 'page use')).toBe('unknown')
    expect(gathered.capture.notes).toContain('size of a block: known (l)')
  })

  it('finds blocks where there is memory, and leaves their states open', () => {
    for (const source of [text('i', IOMEM), text('d', BOOT)]) {
      const gathered = gather(source)
      const { files, unreadable } = gathered.capture
      expect(Object.keys(files).filter((path) => path.endsWith('/phys_index'))).toHaveLength(8)
      expect(files[`${MEMORY}/memory0/state`]).toBeUndefined()
      expect(unreadable.map(({ path }) => path)).toContain(`${MEMORY}/memory0/state`)
      expect(fact(gathered, 'memory blocks')).toBe('derived')
      expect(fact(gathered, 'states of blocks')).toBe('unknown')
    }
    expect(fact(gather(text('i', IOMEM)), 'size of a block')).toBe('assumed')
  })

  it('takes hidden addresses for unknown, not for none', () => {
    const masked = IOMEM.replaceAll(/[0-9a-f]{8}/g, '00000000')
    const { capture } = gather(text('l', TABLE), text('i', masked))
    expect(capture.files['/proc/iomem']).toBeUndefined()
    expect(capture.unreadable).toMatchObject([{ path: '/proc/iomem', errno: 'EPERM' }])
  })

  it.each([
    [
      'a state',
      [TABLE, TABLE.replace('768M  online', '768M offline')],
      /memory1 is online by 0:3, and offline by 1:3/,
    ],
    [
      'a size',
      [TABLE, BOOT.replace('128MB', '2048MB')],
      /a block has 128 MiB by 0, and 2048 MiB by 1/,
    ],
    [
      'a release',
      [TABLE, BOOT, 'Linux version 6.1.99 (x) #1\n'],
      /the kernel is 6.1.99 by 2:1, and 6.1.0-57-cloud-amd64 by 1:1/,
    ],
    [
      'a node',
      [TABLE.replace('  7    0', '  7    5'), NUMACTL],
      /memory7 is of node 5 by 0:4, which 1:1 does not have/,
    ],
    [
      'memory',
      [TABLE, 'MemTotal:        9000000 kB\nMemFree: 1 kB\n'],
      /blocks of 896 MiB are online by 0:2, and \/proc\/meminfo has/,
    ],
    [
      'System RAM',
      [TABLE, IOMEM.replace('00100000-3ffdffff', '00100000-07ffffff')],
      /memory1 is online by 0:3, and 1 has no System RAM there, nor for 5 more/,
    ],
    [
      'a DIMM',
      [TABLE, DIMM(2 ** 32, 0)],
      /d1 of 1:1 has 128 MiB at 0x100000000, where the guest has no block/,
    ],
    [
      'the node of a DIMM',
      [TABLE, DIMM(2 ** 27, 1)],
      /d1 of 1:1 is of node 1, and memory1 of node 0 by 0:3/,
    ],
    [
      'a virtio-mem device',
      [TABLE, DIMM(2 ** 27, 0)],
      /v1 of 1:1 was asked for 1 MiB and has 0 MiB/,
    ],
  ])('tells what contradicts itself: %s', (_, contents, message) => {
    const { contradictions } = gather(...contents.map((content, at) => text(`${at}`, content)))
    expect(contradictions.join('\n')).toMatch(message)
  })

  it.each([
    ['nothing that is known', 'hello\n', /^a:1: not a text that is known$/],
    ['no memory', NUMACTL, /^none of the texts tells which memory there is$/],
    [
      'more blocks than there are',
      'RANGE SIZE STATE REMOVABLE BLOCK\n0x0000000000000000-0x0000000007ffffff 1G online yes 0-999999999\n',
      /^a:2: 1000000000 memory blocks, more than 131072$/,
    ],
    [
      'addresses without end',
      IOMEM.replace('3ffdffff', 'fffffffffffffff'),
      /memory blocks, more than 131072$/,
    ],
    ['a torn iomem', IOMEM.replace('00100000-', '00100000 '), /^a:3: ".*" is not a line of iomem/],
  ])('refuses %s', (_, content, message) => {
    expect(() => gather(text('a', content))).toThrow(message)
  })

  it('needs the architecture, which a map of e820 or uname tells', () => {
    const arch = (...texts: ReportText[]): string =>
      gatherCapture(texts, { tool: 'test' }).capture.arch
    expect(() => arch(text('l', TABLE))).toThrow('no text says the architecture')
    expect(arch(text('d', BOOT))).toBe('x86_64')
    const uname = 'Linux lp1 6.1.0 #1 SMP Debian 6.1.1-1 (2023-01-01) ppc64le GNU/Linux\n'
    expect(arch(text('l', TABLE), text('u', uname))).toBe('ppc64le')
  })

  it('is made of any text, or refused with a code, at once', () => {
    const base = fc.constantFrom(TABLE, RAW, PAIRS, JSON_TEXT, IOMEM, BOOT, NUMACTL, DIMM(0, 0))
    const damaged = fc
      .tuple(base, fc.nat(2000), fc.string({ unit: 'binary', maxLength: 30 }), fc.nat(40))
      .map(([whole, at, inserted, gone]) => whole.slice(0, at) + inserted + whole.slice(at + gone))
    const kind = fc.constantFrom(undefined, ...REPORT_KINDS)
    fc.assert(
      fc.property(damaged, kind, (content, forced) => {
        const report = {
          name: 'a',
          text: content,
          ...(forced === undefined ? {} : { kind: forced }),
        }
        try {
          gatherCapture([report], { tool: 'test', arch: 'x86_64' })
        } catch (error) {
          if (!isHotplugError(error)) throw error
          expect(Object.hasOwn(ERRNO, error.errno)).toBe(true)
        }
      }),
    )
  })
})
