// Translations of the direct map and of the memmap. Numbers: series, section 5.7.
import {
  addMemory,
  createMachine,
  GIB,
  type Machine,
  MIB,
  nodeId,
  physAddr,
  refusalOf,
} from '@memhp/core'
import { listLeaves, wholeRegion } from '@memhp/core/inspect'
import { expect, test } from 'vitest'
import { type SparcOptions, sparc64 } from '../src/index'

/** 3 GiB, and 100 MiB more that fill no 256 MiB. */
const boot = (archOptions: Partial<SparcOptions> = {}): Machine =>
  createMachine(
    {
      arch: 'sparc64',
      archOptions,
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: 3 * GIB + 100 * MIB, node: 0 }],
    },
    { archs: [sparc64], drivers: [] },
  )

const bytesAt = (machine: Machine, address: number): number | undefined => {
  const { direct } = machine.arch.mapping
  return direct.kind === 'fixed' ? direct.translation?.(machine, address)?.bytes : undefined
}

test('the direct map has 256 MiB where memory fills them, else 4 MiB, and nothing where there is no memory', () => {
  const machine = boot()
  expect(bytesAt(machine, GIB)).toBe(256 * MIB)
  expect(bytesAt(machine, 3 * GIB)).toBe(4 * MIB)
  expect(bytesAt(machine, 4 * GIB)).toBeUndefined()
  expect(bytesAt(boot({ cpu: 'sun4u' }), GIB)).toBe(4 * MIB)
})

test('the memmap is a flat table of 4 MiB, one for each 512 MiB of memory', () => {
  const machine = boot()
  const [run, ...others] = listLeaves(machine, wholeRegion(machine, 'vmemmap'))
  expect(others).toEqual([])
  // 4 sections of 8 MiB.
  expect(run).toMatchObject({ start: 0x2_0000_0000n, leafBytes: 4 * MIB, count: 8 })
})

test.each([
  ['sun4u', 0x6000_0000 + 0x8000_0000, 0x36],
  ['sun4v', 0x8000_0000, 0x743],
] as const)(
  'an entry of %s is valid, of 4 MiB, cacheable, privileged and writable',
  (cpu, high, low) => {
    const { tables } = boot({ cpu }).arch.mapping
    expect(tables?.entries.leaf(4 * MIB, 0)).toEqual({ low: 4 * MIB + low, high })
  },
)

test('memory can be neither added nor removed: there is no code for it, and the reason says so', () => {
  const machine = boot()
  const range = { start: physAddr(8 * GIB), end: physAddr(9 * GIB) }
  expect(refusalOf(() => addMemory(machine, { range, nodeId: nodeId(0) }))).toMatchObject({
    code: 'ADD_UNSUPPORTED',
    errno: 'ENOSYS',
    message: expect.stringContaining(
      'sparc64 cannot add memory: kernels of sparc64 cannot be built',
    ),
  })
})
