import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseKernelLog } from './kernel-log'
import { pageDumpsIn } from './page-dump'

const one = (text: string): unknown => parseKernelLog(text)[0]

describe('a line of the log', () => {
  it.each([
    ['[   24.294580] memory memory32: x', 24.29458],
    ['[   24.294580][  T12] memory memory32: x', 24.29458],
    ['<4>[   24.294580] memory memory32: x\r', 24.29458],
    ['4,1234,24294580,-;memory memory32: x', 24.29458],
    ['Nov 29 19:51:04 host kernel: [   24.294580] memory memory32: x', 24.29458],
    ['Nov 29 19:51:04 host kernel: memory memory32: x', undefined],
    ['2026-11-29T19:51:04+00:00 host kernel: memory memory32: x', undefined],
    ['[Sun Nov 29 19:51:04 2026] memory memory32: x', undefined],
    ['memory memory32: x', undefined],
  ])('%j is read without what is before it', (text, seconds) => {
    expect(one(text)).toEqual({
      line: 1,
      text: 'memory memory32: x',
      ...(seconds === undefined ? {} : { seconds: expect.closeTo(seconds, 6) }),
    })
  })

  it('is what it is where nothing is known of it, and ends somewhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseKernelLog(text)).toHaveLength(text.split('\n').length)
      }),
    )
    expect(one('x'.repeat(100_000))).toMatchObject({ text: 'x'.repeat(4096) })
  })
})

/** Of Debian’s kernels under QEMU; the first of x86-64, the last of s390x. */
const DUMPS = {
  '6.1': `[   16.233517] page:(____ptrval____) refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x8000
[   16.233777] head:(____ptrval____) order:1 compound_mapcount:0 compound_pincount:0
[   16.233816] flags: 0xfffffc0010200(slab|head|node=0|zone=1|lastcpupid=0x1fffff)
[   16.234175] raw: 000fffffc0010200 0000000000000000 dead000000000122 ffff888003db6000
[   16.234244] page dumped because: unmovable page`,
  '7.3': `[    8.994190] page: refcount:0 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x8000
[    8.994388] head: order:2 mapcount:0 entire_mapcount:0 nr_pages_mapped:0 pincount:0
[    8.994434] flags: 0xfffffc0000040(head|node=0|zone=1|lastcpupid=0x1fffff)
[    8.994635] page_type: f5(slab)
[    8.994882] raw: 000fffffc0000040 ffff888004643d00 dead000000000100 dead000000000122
[    8.995005] page dumped because: unmovable page`,
  '7.2 of s390x': `[   24.294580] page: refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x57f00
[   24.295042] flags: 0x4000000000000000(zone=1)
[   24.295805] page dumped because: unmovable page`,
}

const dumpsIn = (text: string): unknown => pageDumpsIn(parseKernelLog(text))
const because = 'unmovable page'

describe('a dump of a page', () => {
  it.each([
    ['6.1', { pfn: 0x8000, references: 1, flags: ['slab', 'head'], because }],
    ['7.3', { pfn: 0x8000, references: 0, flags: ['head'], type: 'slab', because }],
    ['7.2 of s390x', { pfn: 0x57f00, references: 1, flags: [], because }],
  ] as const)('is read as %s writes it', (kernel, dump) => {
    expect(dumpsIn(DUMPS[kernel])).toEqual([{ line: 1, ...dump }])
  })

  it('of Linux 3.10 has no page frame number, and no reason', () => {
    const text = `page:ffffea0002480000 count:1 mapcount:0 mapping:          (null) index:0x0
page flags: 0x100000000000400(reserved)`
    expect(dumpsIn(text)).toEqual([{ line: 1, references: 1, flags: ['reserved'] }])
  })

  it('is its last line alone, where the log begins there', () => {
    const text = `[   24.295805] page dumped because: unmovable page\n${DUMPS['6.1']}`
    expect(dumpsIn(text)).toEqual([
      { line: 1, flags: [], because },
      { line: 2, pfn: 0x8000, references: 1, flags: ['slab', 'head'], because },
    ])
    expect(dumpsIn('page dumped because:')).toEqual([])
  })

  it('follows another, and ends where the log goes on', () => {
    const noise = '[   25.000000] usb 1-1: new device\n'.repeat(30)
    const [cut = ''] = DUMPS['7.3'].split('\n')
    const text = `${DUMPS['6.1']}\n${cut}\n${DUMPS['7.2 of s390x']}\n${cut}\n${noise}[ 26.0] flags: 0x1(locked)\n`
    expect(dumpsIn(text)).toMatchObject([
      { line: 1, flags: ['slab', 'head'] },
      { line: 6, flags: [] },
      { line: 7, pfn: 0x57f00, because },
      { line: 10, flags: [] },
    ])
  })
})
