// Defects of the series of 2012: the harm with each, and none without. Source: spec/hot-remove-series-2012.md, section 7.
import { s390x } from '@memhp/arch-s390'
import {
  addMemory,
  blockId,
  createMachine,
  GENERATIONS,
  GIB,
  type HotplugError,
  type Machine,
  type MachineDescription,
  MIB,
  nodeId,
  offlineBlock,
  onlineBlock,
  pfn,
  physAddr,
  poisonPage,
  refusalOf,
  removeMemory,
} from '@memhp/core'
import { listLeaves, wholeRegion } from '@memhp/core/inspect'
import { PLUGINS } from '@memhp/platforms'
import { describe, expect, test } from 'vitest'

const SECTION = 128 * MIB

/** A machine of the series, with a node that has processors and one that has none. */
const boot = (
  defects: readonly string[],
  more: Partial<Omit<MachineDescription, 'drivers'>> = {},
): Machine =>
  createMachine(
    {
      arch: 'x86_64',
      kernel: 'rfc9',
      config: { pageCgroup: false },
      nodes: [
        { id: 0, cpus: [0] },
        { id: 1, cpus: [1] },
        { id: 2, cpus: [] },
      ],
      ram: [{ start: 0, end: GIB, node: 0 }],
      drivers: { acpi: { slots: 2 } },
      defects,
      ...more,
    },
    { ...PLUGINS, archs: [...PLUGINS.archs, s390x] },
  )

const sections = (first: number, end: number) => ({
  start: physAddr(first * SECTION),
  end: physAddr(end * SECTION),
})
const add = (machine: Machine, range: ReturnType<typeof sections>, node = 1): void =>
  addMemory(machine, { range, nodeId: nodeId(node) })
const spanOf = (machine: Machine, node: number): readonly [number, number] => {
  const zone = machine.state.memory.zones.get(`${nodeId(node)}/Normal`)
  const pages = machine.geometry.pagesPerSection
  return [(zone?.startPfn ?? 0) / pages, (zone?.spannedPages ?? 0) / pages]
}
const meminfo = (machine: Machine, name: string): number =>
  Number(new RegExp(`^${name}: *(\\d+) kB`, 'm').exec(machine.tree.read('/proc/meminfo'))?.[1])

describe('a description with defects', () => {
  test.each([
    [['D99'], 'defects[0]: "D99" cannot be switched on; KP2, D1,'],
    [['D6', 'D9'], 'defects[1]: "D9" cannot be switched on'],
    [['D19'], 'defects[0]: D19 is a defect of v3.10, and the kernel is rfc9.'],
  ])('%j is refused where one cannot be switched on', (defects, message) => {
    expect(() => boot(defects)).toThrow(
      expect.objectContaining({
        code: 'BAD_DESCRIPTION',
        message: expect.stringContaining(message),
      }),
    )
  })

  test('changes only the rules of those that it names', () => {
    const { rules } = boot([]).generation
    const changed = boot(['D6']).generation.rules
    expect(changed).toEqual({ ...rules, mended: { ...rules.mended, emptySpan: 'at-0' } })
  })
})

describe('KP2', () => {
  const remove = (defects: readonly string[]): HotplugError | undefined => {
    const machine = boot(defects)
    add(machine, sections(32, 33))
    return refusalOf(() => removeMemory(machine, { range: sections(32, 33) }))
  }
  test('stops the kernel as a hot-added section is removed', () => {
    expect(remove(['KP2'])).toMatchObject({ code: 'KERNEL_STOPS' })
    expect(remove([])).toBeUndefined()
  })
})

describe('D3', () => {
  const remove = (defects: readonly string[]): HotplugError | undefined => {
    const machine = boot(defects)
    add(machine, sections(32, 33))
    add(machine, sections(34, 35))
    return refusalOf(() => removeMemory(machine, { range: sections(32, 35) }))
  }
  test('stops the kernel at an absent section, where the removal would end', () => {
    expect(remove(['D3'])).toMatchObject({ code: 'KERNEL_STOPS' })
    expect(remove([])).toMatchObject({ code: 'SECTION_ABSENT', errno: 'EINVAL' })
  })
})

describe('D4', () => {
  const remove = (defects: readonly string[]) => {
    const machine = createMachine(
      {
        arch: 's390x',
        kernel: 'rfc9',
        config: { pageCgroup: false },
        nodes: [{ id: 0, cpus: [0] }],
        ram: [{ start: 0, end: GIB, node: 0 }],
        defects,
      },
      { archs: [s390x], drivers: [], kernels: GENERATIONS },
    )
    const range = { start: physAddr(4 * GIB), end: physAddr(5 * GIB) }
    addMemory(machine, { range, nodeId: nodeId(0) })
    const refusal = refusalOf(() => removeMemory(machine, { range }))
    return { code: refusal?.code, blocks: machine.tree.list('/sys/devices/system/memory').length }
  }
  test('takes the refusal of an architecture for success: the blocks are there still', () => {
    const told = remove([])
    expect(told.code).toBe('REMOVE_UNSUPPORTED')
    expect(remove(['D4'])).toEqual({ ...told, code: undefined })
  })
})

describe('D5 and D6: spans', () => {
  const ORDERS = [
    {
      order: [8, 9, 10, 11],
      mended: [
        [9, 3],
        [10, 2],
        [11, 1],
        [0, 0],
      ],
    },
    {
      order: [11, 10, 9, 8],
      mended: [
        [8, 3],
        [8, 2],
        [8, 1],
        [0, 0],
      ],
    },
    {
      order: [9, 10, 8, 11],
      mended: [
        [8, 4],
        [8, 4],
        [11, 1],
        [0, 0],
      ],
    },
    {
      order: [9, 8, 11, 10],
      mended: [
        [8, 4],
        [10, 2],
        [10, 1],
        [0, 0],
      ],
    },
  ]
  const spans = (defects: readonly string[], node: number, order: readonly number[]) => {
    const machine = boot(defects)
    add(machine, sections(8, 12), node)
    return order.map((nr) => {
      removeMemory(machine, { range: sections(nr, nr + 1) })
      return spanOf(machine, node)
    })
  }

  test.each(ORDERS)('with D5 the edges of node 2 stay until the last of $order goes', (vector) => {
    expect(spans([], 2, vector.order)).toEqual(vector.mended)
    const stays = [
      [8, 4],
      [8, 4],
      [8, 4],
      [0, 0],
    ]
    expect(spans(['D5'], 2, vector.order)).toEqual(stays)
    expect(spans(['D5'], 1, vector.order)).toEqual(vector.mended)
  })

  test('with D6 a zone that was empty begins at page 0, and the next removal stops the kernel', () => {
    const comeBack = (defects: readonly string[]): Machine => {
      const machine = boot(defects)
      add(machine, sections(8, 12))
      removeMemory(machine, { range: sections(8, 12) })
      add(machine, sections(8, 9))
      return machine
    }
    const remove = (machine: Machine): HotplugError | undefined =>
      refusalOf(() => removeMemory(machine, { range: sections(8, 9) }))
    const mended = comeBack([])
    expect(spanOf(mended, 1)).toEqual([8, 1])
    expect(remove(mended)).toBeUndefined()
    const broken = comeBack(['D6'])
    expect(spanOf(broken, 1)).toEqual([0, 9])
    expect(remove(broken)).toMatchObject({ code: 'KERNEL_STOPS', detail: { section: 8 } })
  })
})

describe('D7', () => {
  const rest = (defects: readonly string[]): number => {
    const machine = boot(defects)
    add(machine, sections(32, 40))
    removeMemory(machine, { range: sections(32, 33) })
    return listLeaves(machine, wholeRegion(machine, 'direct'))
      .filter(({ start }) => start >= 0xffff_8801_0000_0000n)
      .reduce((sum, { count, leafBytes }) => sum + count * leafBytes, 0)
  }
  test('unmaps the whole of a leaf of 1 GiB of which a section goes', () => {
    expect(rest([])).toBe(GIB - SECTION)
    expect(rest(['D7'])).toBe(0)
  })
})

describe('D13', () => {
  const again = (defects: readonly string[]): Machine => {
    const machine = boot(defects, {
      archOptions: { structPageBytes: 56 },
      ram: [{ start: 0, end: 2 * GIB, node: 0 }],
    })
    const comeOnline = (): void => {
      add(machine, sections(16, 20), 0)
      for (let nr = 16; nr < 20; nr++) onlineBlock(machine, blockId(nr))
    }
    comeOnline()
    for (let nr = 16; nr < 20; nr++) offlineBlock(machine, blockId(nr))
    removeMemory(machine, { range: sections(16, 20) })
    comeOnline()
    return machine
  }
  test('loses the pages whose struct pages are stale, and their block does not go offline', () => {
    const [mended, broken] = [again([]), again(['D13'])]
    const bad = broken.state.journal.log.filter(({ text }) => text.includes('Bad page state'))
    expect(bad.map(({ text }) => text)).toEqual(['BUG: Bad page state in process bash  pfn:9b6dc'])
    expect(refusalOf(() => offlineBlock(broken, blockId(19)))?.errno).toBe('EBUSY')
    expect(offlineBlock(mended, blockId(19))).toBe('done')
  })
})

test.each([
  { defects: ['D14'], kilobytes: '4' },
  { defects: [], kilobytes: '0' },
])('D14: pages that work again are counted as poisoned: $defects', ({ defects, kilobytes }) => {
  const machine = boot(defects, {
    files: { '/proc/meminfo': 'MemTotal: 0 kB\nHardwareCorrupted: 0 kB\n' },
  })
  add(machine, sections(8, 9), 0)
  onlineBlock(machine, blockId(8))
  poisonPage(machine, pfn((8 * SECTION) / 4096))
  offlineBlock(machine, blockId(8))
  onlineBlock(machine, blockId(8))
  const counted = /^HardwareCorrupted: +(\d+) kB$/m.exec(machine.tree.read('/proc/meminfo'))
  expect(counted?.[1]).toBe(kilobytes)
  expect(offlineBlock(machine, blockId(8))).toBe('done')
})

describe('D19 and D21: tables', () => {
  const BOOT = {
    kernel: 'v3.10',
    archOptions: { gbpages: false },
    ram: [
      { start: 0, end: GIB, node: 0 },
      { start: 512 * GIB, end: 515 * GIB, node: 1 },
    ],
  }
  const gain = (defects: readonly string[]): number => {
    const machine = boot(defects, BOOT)
    const before = meminfo(machine, 'MemTotal')
    offlineBlock(machine, blockId(512))
    removeMemory(machine, { range: sections(4096, 4104) })
    return before - meminfo(machine, 'MemTotal')
  }
  test('with D19 MemTotal jumps as a page table of boot goes', () => {
    expect(gain([])).toBe(2 ** 20)
    expect(gain(['D19'])).toBeLessThan(-(2 ** 32))
  })

  test('with D21 tables stay when they are empty', () => {
    const freed = (defects: readonly string[]): number => {
      const machine = boot(defects, { kernel: 'v3.10' })
      add(machine, { start: physAddr(513 * GIB), end: physAddr(514 * GIB) })
      removeMemory(machine, { range: { start: physAddr(513 * GIB), end: physAddr(514 * GIB) } })
      return machine.state.journal.mappings
        .filter(({ operation }) => operation === 'remove')
        .flatMap(({ change }) => [...change.direct.tables, ...change.memmap.tables]).length
    }
    expect(freed([])).toBeGreaterThan(0)
    expect(freed(['D21'])).toBe(0)
  })
})
