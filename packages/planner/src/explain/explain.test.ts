import { ERRNO, type Errno } from '@memhp/core'
import { parseKernelLog } from '@memhp/kernel-files'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REASONS } from '../predict/reason'
import { ERRNO_MEANINGS } from './errnos'
import { explainErrno, explainLog } from './explain'
import { logFactsIn, reasonOfDump } from './log-facts'

const facts = (text: string) => logFactsIn(parseKernelLog(text))

describe('an errno', () => {
  it('means things with reasons or remedies, each of them sourced in REASONS', () => {
    for (const [errno, meanings] of Object.entries(ERRNO_MEANINGS)) {
      expect(Object.hasOwn(ERRNO, errno), errno).toBe(true)
      for (const { because, kinds, remedies } of meanings) {
        expect(kinds.length + remedies.length, `${errno}: ${because}`).toBeGreaterThan(0)
        for (const kind of kinds) expect(REASONS[kind]).toBeDefined()
      }
    }
  })

  it('that no file of memory answers is told as such', () => {
    const unknown = (Object.keys(ERRNO) as Errno[]).filter((errno) => !(errno in ERRNO_MEANINGS))
    expect(explainErrno('ELOOP').verdict).toBe(
      'ELOOP (40, “Too many levels of symbolic links”) is not what the kernel answers where memory comes or goes.',
    )
    for (const errno of unknown) expect(explainErrno(errno).meanings).toEqual([])
  })
})

describe('a line of the log', () => {
  it.each([
    ['migrating pfn 201bf failed ret:-12', 'no-room', { pfn: 0x201bf, errno: 'ENOMEM' }],
    ['migrating pfn 201bf failed ret:-11', 'pinned', { pfn: 0x201bf, errno: 'EAGAIN' }],
    ['migrating pfn 201bf failed ret:1', 'pinned', { pfn: 0x201bf, errno: 'EPERM' }],
    ['failed to isolate pfn 40000', 'pinned', { pfn: 0x40000 }],
    [
      'memory offlining [mem 0x100000000-0x107ffffff] failed due to notifier failure',
      'notifier',
      { range: { start: 0x1_0000_0000, end: 0x1_0800_0000 } },
    ],
    ['memory offlining [mem 0x100000000-0x107ffffff] failed', null, {}],
    ['memory memory32: Offline failed.', null, { block: 32 }],
    [
      'removing memory fails, because memory [0x0000000100000000-0x0000000107ffffff] is onlined',
      'policy',
      { range: { start: 0x1_0000_0000, end: 0x1_0800_0000 } },
    ],
    ['acpi PNP0C80:01: add_memory failed', null, { device: 'PNP0C80:01' }],
    ['Injecting error (-12) to MEM_GOING_ONLINE', 'notifier', { errno: 'ENOMEM' }],
    ['sclp_mem: assign storage failed (cmd=0x000d0001, response=0x0330, rn=0x0a78)', null, {}],
    [
      'EDAC MC0: 1 CE memory read error on CPU_SrcID#0_MC#0_Chan#0_DIMM#0 (channel:0 slot:0 page:0x7a8c5b offset:0x0 grain:32 syndrome:0x0)',
      null,
      { pfn: 0x7a8c5b, says: 'Hardware corrected an error of this memory.' },
    ],
    [
      'EDAC MC1: 2 UE memory scrubbing error on DIMM_A1 (node:0 card:0 page:0x12345 offset:0x40 grain:1)',
      null,
      { pfn: 0x12345 },
    ],
    [
      '{1}[Hardware Error]:   physical_address: 0x0000002e4aa2b000',
      null,
      { range: { start: 0x2e_4aa2_b000, end: 0x2e_4aa2_b001 } },
    ],
    [
      'mce: Uncorrected hardware memory error in user-access at 4aa2b000',
      null,
      { range: { start: 0x4aa2_b000, end: 0x4aa2_b001 } },
    ],
    [
      'Soft offlining pfn 0x1e86e00 at process virtual address 0x7f221b800000',
      null,
      { pfn: 0x1e86e00 },
    ],
    ['soft offline: 0x118ee0: page already poisoned', null, { pfn: 0x118ee0 }],
    [
      'Memory failure: 0x3755ff: recovery action for dirty LRU page: Recovered',
      null,
      { pfn: 0x3755ff },
    ],
    ['sh: page allocation failure: order:0, mode:0x44cc8(GFP_KERNEL)', 'no-room', {}],
  ])('%j is understood', (text, kind, about) => {
    expect(facts(text)).toMatchObject([{ line: 1, kind, ...about }])
  })

  it('of anything else says nothing, whatever it is', () => {
    expect(facts('usb 1-1: new device\nmemory: 2G\n')).toEqual([])
    // An error without an address.
    expect(
      facts('EDAC MC0: 1 CE on any memory ( page:0x0 offset:0x0 grain:1 syndrome:0x0)'),
    ).toEqual([])
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(facts(text))))
  })
})

describe('a dump of a page', () => {
  const dump = { line: 1, flags: [], because: 'unmovable page' }
  it.each([
    [{ flags: ['reserved'] }, 'reserved-at-boot'],
    [{ flags: ['slab', 'head'] }, 'kernel-memory'],
    [{ flags: ['head'], type: 'slab' }, 'kernel-memory'],
    [{ type: 'table' }, 'page-table'],
    [{ type: 'offline' }, 'withheld'],
    [{ type: 'hugetlb' }, 'huge-pages'],
    [{ flags: ['lru'], because: 'migration failure' }, 'pinned'],
    [{}, 'kernel-memory'],
  ])('%j stays because of %s', (part, kind) => {
    expect(reasonOfDump({ ...dump, ...part }).kind).toBe(kind)
  })

  it.each([
    ['unmovable page', 'kernel-memory', 'It was a page that neither moves nor goes.'],
    ['migration failure', 'pinned', 'It was a page that did not move (migration failure).'],
  ])('of which only “%s” is left says so much', (because, kind, says) => {
    const text = `page dumped because: ${because}`
    expect(facts(`[  24.3] ${text}`)).toMatchObject([{ line: 1, text, kind, says, pfn: null }])
  })

  it('behind the line of its migration counts once', () => {
    const text = `migrating pfn 201bf failed ret:-12
page: refcount:3 mapcount:0 mapping:000000001 index:0x5 pfn:0x201bf
flags: 0x1(locked|lru)
page dumped because: migration failure`
    expect(facts(text)).toMatchObject([{ line: 1, kind: 'no-room' }])
    expect(explainLog(facts(text)).causes).toMatchObject([{ kind: 'no-room', confidence: 'seen' }])
  })
})
