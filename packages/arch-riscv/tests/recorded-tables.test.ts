// Tables of real guests of Linux 7.2, read from their memory, beside the model's: where the regions begin, by which leaves and entries
// memory that nothing of the kernel lies in is mapped, which tables there are from boot on; and blocks of boot memory that go and come.
import {
  addMemory,
  blockId,
  createMachine,
  GIB,
  isHotplugError,
  KERNELS,
  type Machine,
  MIB,
  nodeId,
  physAddr,
  removeMemory,
  SUBSYSTEMS,
} from '@memhp/core'
import { countLevels, directRange, listLeaves, memmapRange, wholeRegion } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { recordingText } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import { riscv64 } from '../src/index'

/** What was read of a guest's tables: runs of leaves, and tables by level, 0 being the last one. */
interface Tables {
  readonly mode: 39 | 48 | 57
  readonly tables?: Readonly<Record<'linear' | 'vmemmap', Readonly<Record<string, number>>>>
  readonly runs: readonly {
    readonly start: string
    readonly end: string
    readonly leaf: number
    readonly count: number
    readonly pa: string
    readonly rwx: number
    readonly entry?: string
  }[]
}

const tablesIn = (path: string): Tables => {
  const entries = JSON.parse(recordingText(path)) as readonly object[]
  const found = entries.find((entry): entry is Tables => 'runs' in entry)
  if (found === undefined) throw new Error(`${path} has tables`)
  return found
}

const boot = (mode: string, bytes: number, cmdline = 'memhp_default_state=offline'): Machine =>
  createMachine(
    {
      arch: 'riscv64',
      archOptions: { mode },
      kernel: 'v7.2',
      cmdline,
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 2 * GIB, end: 2 * GIB + bytes, node: 0 }],
    },
    { archs: [riscv64], drivers: [], kernels: KERNELS, subsystems: SUBSYSTEMS },
  )

const hex = (text: string): bigint => BigInt(text)

const RECORDED = [
  { mode: 'sv57', path: 'riscv64-7.2-boot-offline.json.gz', bytes: 768 * MIB },
  { mode: 'sv48', path: 'riscv64-7.2-sv48-page-tables.json.gz', bytes: 3 * GIB },
  { mode: 'sv39', path: 'riscv64-7.2-sv39-page-tables.json.gz', bytes: 3 * GIB },
] as const

describe.each(RECORDED)('$mode', ({ mode, path, bytes }) => {
  const recorded = tablesIn(path)
  const machine = boot(mode, bytes)
  const { direct, vmemmap, tables } = machine.arch.mapping
  const linear = direct.kind === 'radix' ? direct.base : 0n
  const memmap = vmemmap.kind === 'radix' ? vmemmap.base : 0n
  const inLinear = recorded.runs.filter(
    ({ start }) => hex(start) >= linear && hex(start) < linear + BigInt(bytes),
  )

  test('is the mode that was recorded', () => {
    expect(`sv${recorded.mode}`).toBe(mode)
  })

  test('the linear map begins where the guest has it, and maps the same memory', () => {
    expect(inLinear.length).toBeGreaterThan(0)
    for (const { start, pa } of inLinear) expect(hex(start) - linear).toBe(hex(pa) - 0x8000_0000n)
  })

  test('memory that the kernel mapped by large leaves is mapped by the same leaves', () => {
    const leaves = listLeaves(machine, wholeRegion(machine, 'direct')).flatMap(
      ({ start, leafBytes, count }) =>
        Array.from({ length: count }, (_, i) => ({
          start: start + BigInt(i * leafBytes),
          end: start + BigInt((i + 1) * leafBytes),
        })),
    )
    const large = inLinear.filter(({ leaf }) => leaf > 4096)
    const isLarge = ({ start, end }: { start: bigint; end: bigint }): boolean =>
      large.some((run) => hex(run.start) <= start && end <= hex(run.end))
    for (const run of large) {
      // What the kernel splits a leaf of 1 GiB for, its text and pools, the model does not know.
      const whole = leaves.filter((leaf) => leaf.start < hex(run.end) && hex(run.start) < leaf.end)
      if (!whole.every(isLarge)) continue
      for (const leaf of whole) expect(leaf.end - leaf.start).toBe(BigInt(run.leaf))
    }
    const sizes = new Set(leaves.filter(isLarge).map(({ start, end }) => Number(end - start)))
    expect(sizes).toEqual(new Set(mode === 'sv48' ? [GIB] : [2 * MIB]))
  })

  test('struct pages are where the guest has them, by the same leaves', () => {
    const [run, ...others] = listLeaves(machine, wholeRegion(machine, 'vmemmap'))
    expect(others).toEqual([])
    const same = recorded.runs.find(({ start }) => hex(start) === run?.start)
    expect(same).toMatchObject({ leaf: run?.leafBytes, count: run?.count })
    expect(hex(same?.start ?? '0') - memmap).toBe(0x200_0000n)
  })

  test('entries are those of the guest', () => {
    const levels = tables?.levels ?? []
    for (const { entry, leaf, pa, rwx } of recorded.runs) {
      // Software bits are set where the kernel changed an entry later.
      if (entry === undefined || rwx !== 3 || (hex(entry) & 0x300n) !== 0n) continue
      const level = levels.findIndex(({ shift }) => 2 ** shift === leaf)
      const { low = 0, high = 0 } = tables?.entries.leaf(Number(hex(pa)), level) ?? {}
      expect((BigInt(high) << 32n) | BigInt(low)).toBe(hex(entry))
    }
  })

  test('tables below the top are there from boot on', () => {
    if (recorded.tables === undefined) return
    const [, second] = countLevels(machine, wholeRegion(machine, 'direct'))
    // The recorder looked at 128 entries of the top level.
    const counted = recorded.tables.linear[String((tables?.levels.length ?? 0) - 2)]
    expect(counted).toBe(128)
    expect(second?.tables).toBe(mode === 'sv39' ? 132 : 128)
  })
})

test('with sv39 memory takes no table of the middle level, and none of it goes', () => {
  const machine = boot('sv39', 3 * GIB)
  const count = () =>
    countLevels(machine, wholeRegion(machine, 'direct')).map(({ tables }) => tables)
  const before = count()
  const range = { start: physAddr(64 * GIB), end: physAddr(66 * GIB) }
  addMemory(machine, { range, nodeId: nodeId(0) })
  expect(count()).toEqual(before)
  expect(listLeaves(machine, directRange(machine, range))).toMatchObject([
    { leafBytes: 2 * MIB, count: 1024 },
  ])
  expect(listLeaves(machine, memmapRange(machine, range))).toMatchObject([
    { leafBytes: 2 * MIB, count: 16 },
  ])
  checkInvariants(machine)
  removeMemory(machine, { range })
  expect(count()).toEqual(before)
  expect(listLeaves(machine, directRange(machine, range))).toEqual([])
  checkInvariants(machine)
})

test('memory below the linear map cannot be added', () => {
  const range = { start: physAddr(GIB), end: physAddr(GIB + 128 * MIB) }
  expect(() => addMemory(boot('sv57', GIB), { range, nodeId: nodeId(0) })).toThrow(
    /exceeds maximum addressable range \[0x80000000-/,
  )
})

test('boot memory goes offline, and back into either zone, as a guest did it', () => {
  const [, session] = JSON.parse(recordingText('riscv64-7.2-boot-offline.json.gz')) as readonly {
    readonly out?: string
  }[]
  const machine = boot('sv57', 768 * MIB)
  const state = (id: number) => `/sys/devices/system/memory/memory${blockId(id)}/state`
  const errnoOf = (id: number, text: string): string | undefined => {
    try {
      machine.tree.write(state(id), text)
      return undefined
    } catch (error) {
      if (!isHotplugError(error)) throw error
      return error.errno
    }
  }
  for (const id of [17, 18]) {
    expect(session?.out).toContain(`memory${id} rc=0 offline z=DMA32 Movable`)
    expect(errnoOf(id, 'offline')).toBeUndefined()
    expect(machine.tree.read(state(id).replace('state', 'valid_zones'))).toBe('DMA32 Movable\n')
  }
  for (const id of [17, 18]) expect(errnoOf(id, 'online_movable')).toBeUndefined()
  expect(errnoOf(18, 'online_kernel')).toBe('EINVAL')
  // What boot reserved lies at the end.
  expect(session?.out).toContain('memory21 rc=1 online z=DMA32')
  expect(errnoOf(21, 'offline')).toBe('EBUSY')
  expect(machine.tree.read('/proc/iomem')).toContain('80000000-afffffff : System RAM')
})
