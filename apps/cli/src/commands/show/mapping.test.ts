import { x86_64 } from '@memhp/arch-x86'
import { createMachine, GIB, MIB, physAddr } from '@memhp/core'
import { describe, expect, it } from 'vitest'
import { mappedAddresses, mappingRuns } from './mapping'

const machine = createMachine(
  {
    arch: 'x86_64',
    nodes: [{ id: 0, cpus: [0] }],
    ram: [
      { start: 0, end: 2 * GIB, node: 0 },
      { start: 4 * GIB, end: 8 * GIB, node: 0 },
    ],
  },
  { archs: [x86_64], drivers: [] },
)
const DIRECT_MAP = 0xffff_8880_0000_0000n
const VMEMMAP = 0xffff_ea00_0000_0000n

describe('mappingRuns', () => {
  it('covers a block in the direct map and its struct pages in the vmemmap', () => {
    const range = { start: physAddr(4 * GIB), end: physAddr(4 * GIB + 128 * MIB) }
    const runs = mappingRuns(machine, range)
    expect(new Set(runs.map(({ region }) => region))).toEqual(new Set(['direct', 'vmemmap']))
    const [direct] = runs
    expect(direct?.start).toBe(DIRECT_MAP + BigInt(4 * GIB))
    const vmemmap = runs.filter(({ region }) => region === 'vmemmap')
    expect(vmemmap[0]?.start).toBe(VMEMMAP + BigInt((4 * GIB) / 64))
    const bytes = vmemmap.reduce((sum, { start, end }) => sum + Number(end - start), 0)
    expect(bytes).toBe(2 * MIB)
  })
})

describe('mappedAddresses', () => {
  it('finds a physical address where the direct map shows it, and its struct page', () => {
    const address = BigInt(5 * GIB) + 0x123n
    const [memory, structPage] = mappedAddresses(machine, address)
    expect(memory?.virtualAddress).toBe(DIRECT_MAP + address)
    expect(memory?.translation).toMatchObject({
      region: 'direct',
      physicalAddress: Number(address),
    })
    expect(structPage?.virtualAddress).toBe(VMEMMAP + (address / 4096n) * 64n)
    expect(structPage?.translation?.region).toBe('vmemmap')
  })

  it('takes an address of the kernel half as virtual', () => {
    const [found, ...others] = mappedAddresses(machine, DIRECT_MAP + 0x1000n)
    expect(others).toEqual([])
    expect(found?.translation?.physicalAddress).toBe(0x1000)
  })

  it('finds nothing in a hole', () => {
    const [memory] = mappedAddresses(machine, BigInt(3 * GIB))
    expect(memory?.translation).toBeUndefined()
  })
})
