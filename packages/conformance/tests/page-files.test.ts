// /proc/kpageflags and /proc/kpagecount: entries of eight bytes, read by position.
import {
  allocateTracked,
  GIB,
  invariant,
  type Machine,
  MIB,
  nodeId,
  pfn,
  refusalOf,
  settle,
} from '@memhp/core'
import { countPages, NOTHING_USED } from '@memhp/core/inspect'
import { openDirectory } from '@memhp/core/plugin'
import { bytesOfText } from '@memhp/kernel-files'
import { expect, test } from 'vitest'
import { makeGuest, POWER_GUEST, plug, unplug, writeState } from './machines'

const BUDDY = 1n << 10n
const NOPAGE = 1n << 20n
const RESERVED = 1n << 32n

function file(machine: Machine, name: string): (offset: number, length: number) => Uint8Array {
  const found = openDirectory(machine.tree, '/proc')?.get(name)
  invariant(found?.kind === 'file' && found.bytes !== undefined, `${name} is read by position.`)
  return found.bytes
}

const entries = (bytes: Uint8Array): BigUint64Array => new BigUint64Array(bytes.slice().buffer)

/** Entries of some pages. */
const flags = (machine: Machine, page: number, count: number): BigUint64Array =>
  entries(file(machine, 'kpageflags')(page * 8, count * 8))

const bytesOf = (machine: Machine): number =>
  bytesOfText(machine.tree.read('/proc/kpageflags')).length

// Guests of Debian's 6.1: 1 GiB of memory, 512 MiB plugged and taken away again.
test.each([
  ['x86_64', {}, [2_097_152, 9_437_184, 9_437_184]],
  ['ppc64le', POWER_GUEST, [131_072, 196_608, 196_608]],
] as const)('%s: they grow with memory, and do not shrink as it goes', (_, description, sizes) => {
  const machine = makeGuest({ ...description, ram: [{ start: 0, end: GIB, node: 0 }] })
  const seen = [bytesOf(machine)]
  plug(machine, { id: 'd', sizeBytes: 512 * MIB })
  seen.push(bytesOf(machine))
  unplug(machine, 'd')
  settle(machine)
  seen.push(bytesOf(machine))
  expect(seen).toEqual(sizes)
})

test('whole entries are read, from where one begins; at the end there are none', () => {
  const read = file(makeGuest(), 'kpageflags')
  for (const [offset, length] of [
    [4, 8],
    [0, 4],
    [0, 12],
  ] as const)
    expect(refusalOf(() => read(offset, length))?.errno).toBe('EINVAL')
  expect(read(8 * 2 ** 19, 8)).toHaveLength(0)
  expect(read(8 * (2 ** 19 - 1), 64)).toHaveLength(8)
})

test.each([
  ['v3.10', RESERVED, NOPAGE],
  ['v6.1', NOPAGE, NOPAGE],
  ['v6.12', NOPAGE, NOPAGE],
  ['v7.3', 0n, 0n],
] as const)('pages that are offline, and none, as %s shows them', (generation, offline, none) => {
  const machine = makeGuest({ kernel: generation, autoOnlineBlocks: 'offline' })
  plug(machine, { id: 'd', sizeBytes: 256 * MIB })
  const block = 32 * 32_768
  expect([...flags(machine, block, 2)]).toEqual([offline, offline])
  expect([...flags(machine, block - 1, 2)]).toEqual([none, offline])
  writeState(machine, 32, 'online')
  expect([...flags(machine, block, 2)]).toEqual([BUDDY, BUDDY])
  expect([...flags(machine, block + 32_768, 1)]).toEqual([offline])
  writeState(machine, 32, 'offline')
  expect([...flags(machine, block, 2)]).toEqual([offline, offline])
})

test('tell what each page is used for, as the model counts it', () => {
  const machine = makeGuest()
  const request = { pageCount: 5000, nodeId: nodeId(0) }
  allocateTracked(machine, { ...request, name: 'a', kind: 'anonymous' })
  allocateTracked(machine, { ...request, name: 'f', kind: 'file' })
  allocateTracked(machine, { ...request, name: 'k', kind: 'kernel' })
  const range = { start: pfn(0), end: pfn(2 ** 19) }
  const counts = countPages(machine, range)
  const all = flags(machine, 0, 2 ** 19)
  const having = (bit: number): number =>
    all.reduce((sum, entry) => sum + Number((entry >> BigInt(bit)) & 1n), 0)
  expect(having(10)).toBe(counts.free)
  expect(having(32)).toBe(counts.reserved)
  expect(having(7)).toBe(counts.slab)
  expect(having(5)).toBe(counts.lru)
  expect(having(12)).toBe(5000)
  const mapped = entries(file(machine, 'kpagecount')(0, 2 ** 22))
  expect(mapped.reduce((sum, count) => sum + Number(count), 0)).toBe(5000)
})

test('are the same whether the pages have been looked at one by one or not', () => {
  const machine = makeGuest()
  const before = flags(machine, 0, 2 ** 19)
  const owner = allocateTracked(machine, {
    name: 'a',
    kind: 'file',
    pageCount: 1,
    nodeId: nodeId(0),
  })
  const [page = -1] = owner.pages
  const after = flags(machine, 0, 2 ** 19)
  const changed = [...after.keys()].filter((at) => before[at] !== after[at])
  expect(changed).toContain(page)
  // What else changed are pages that a list of a processor took.
  for (const at of changed) expect(before[at]).toBe(BUDDY)
})

test('of captured huge pages the first page of each is a head', () => {
  const blocks = Array.from({ length: 8 }, (_, id) => ({
    id,
    nodes: [0],
    zone: 'DMA32',
    state: 'online' as const,
    early: true,
    use: { ...NOTHING_USED, hugetlb: id === 2 ? 1024 : 0 },
  }))
  const machine = makeGuest({ ram: [{ start: 0, end: GIB, node: 0 }], blocks })
  const [head, tail] = [(1n << 17n) | (1n << 15n), (1n << 17n) | (1n << 16n)]
  const found = [...flags(machine, 2 * 32_768, 1025)]
  expect(found.filter((entry) => entry === head)).toHaveLength(2)
  expect(found.filter((entry) => entry === tail)).toHaveLength(1022)
  expect([found[0], found[512], found[513], found[1024]]).toEqual([head, head, tail, BUDDY])
})
