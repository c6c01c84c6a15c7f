import { describe, expect, test } from 'vitest'
import {
  withoutAdded,
  withoutMappings,
  withoutMoves,
  withoutOnline,
  withoutOrderInTables,
  withoutPoison,
} from './masks'

const run = (start: number, count: number, kind: string, flags = 0): object => ({
  start,
  count,
  kind,
  flags,
})

const memory = (sections: readonly object[], rest: object = {}): Record<string, unknown> => ({
  sections,
  allocations: new Map(),
  hugePools: [],
  zones: [],
  arch: {},
  ...rest,
})

const section = (runs: readonly object[], rest: object = {}): object => ({
  start: 0,
  end: 1,
  section: { nodeId: 0, early: true, runs, poisonedPages: [], ...rest },
})

describe('what is left out of a memory', () => {
  test('where pages that move lie; not pages that cannot, nor isolated pageblocks', () => {
    const before = memory([section([run(0, 8, 'lru'), run(8, 4, 'slab'), run(12, 4, 'free')])])
    const moved = memory([
      section([run(0, 2, 'free'), run(2, 6, 'lru'), run(8, 4, 'slab'), run(12, 4, 'lru')]),
    ])
    const slab = memory([section([run(0, 4, 'free'), run(4, 4, 'slab'), run(8, 8, 'lru')])])
    const pinned = memory([section([run(0, 8, 'lru', 2), run(8, 4, 'slab'), run(12, 4, 'free')])])
    const isolated = memory([
      section([run(0, 8, 'lru'), run(8, 4, 'slab'), run(12, 4, 'free')], {
        isolated: [{ start: 0, end: 1 }],
      }),
    ])
    expect(withoutMoves(moved)).toEqual(withoutMoves(before))
    for (const other of [slab, pinned, isolated])
      expect(withoutMoves(other)).not.toEqual(withoutMoves(before))
  })

  test('where the pages of an allocation lie; not how many it has', () => {
    const owned = (pages: readonly number[]): Record<string, unknown> =>
      memory([], { allocations: new Map([[1, { id: 1, pages: Float64Array.from(pages) }]]) })
    expect(withoutMoves(owned([7, 8]))).toEqual(withoutMoves(owned([3, 4])))
    expect(withoutMoves(owned([7, -1]))).not.toEqual(withoutMoves(owned([3, 4])))
  })

  test('that a page is poisoned, and nothing else of it', () => {
    const sound = memory([section([run(0, 16, 'lru')])])
    const marked = memory([section([run(0, 4, 'lru'), run(4, 1, 'lru', 1), run(5, 11, 'lru')])])
    const gone = memory([section([run(0, 4, 'lru'), run(4, 1, 'free', 1), run(5, 11, 'lru')])])
    expect(withoutPoison(marked)).toEqual(withoutPoison(sound))
    expect(withoutPoison(gone)).not.toEqual(withoutPoison(sound))
  })

  test('the order of entries in a page table; not what they lead to, nor in which table', () => {
    const mapped = (...tables: readonly (readonly number[])[]): Record<string, unknown> => {
      const words = tables.map((entries, pfn) => [pfn, Uint32Array.from(entries)] as const)
      return memory([], { arch: { pageTables: { rootPfn: 1, tables: new Map(words) } } })
    }
    const before = withoutOrderInTables(mapped([7, 0, 9], [5]))
    expect(withoutOrderInTables(mapped([9, 0, 7], [5]))).toEqual(before)
    for (const other of [mapped([7, 0, 8], [5]), mapped([7, 0, 0], [5]), mapped([5, 0, 9], [7])])
      expect(withoutOrderInTables(other)).not.toEqual(before)
    expect(withoutOrderInTables(memory([]))).toEqual(memory([]))
  })

  test('pages for tables and struct pages; and added sections only where they are declared', () => {
    const before = memory([section([run(0, 16, 'free')])])
    const mapped = memory([section([run(0, 1, 'table'), run(1, 1, 'memmap'), run(2, 14, 'free')])])
    const used = memory([section([run(0, 1, 'slab'), run(1, 15, 'free')])])
    const added = memory([
      section([run(0, 16, 'free')]),
      section([run(0, 16, 'offline')], { early: false }),
    ])
    expect(withoutMappings(mapped)).toEqual(withoutMappings(before))
    expect(withoutMappings(used)).not.toEqual(withoutMappings(before))
    expect(withoutMappings(added)).not.toEqual(withoutMappings(before))
    expect(withoutAdded(added)).toEqual(withoutAdded(before))
  })

  test('whether sections are online; not whether they are there', () => {
    const online = memory([section([run(0, 16, 'free')], { online: true })])
    const offline = memory([section([run(0, 16, 'offline')], { online: false })])
    expect(withoutOnline(offline)).toEqual(withoutOnline(online))
    expect(withoutOnline(memory([]))).not.toEqual(withoutOnline(online))
  })

  test('what another mask has taken already', () => {
    const before = memory([section([run(0, 16, 'free')])])
    expect(withoutPoison(withoutMoves(withoutOnline(before)))).toEqual(
      withoutOnline(withoutMoves(before)),
    )
    expect(withoutMoves(withoutPoison({ zones: [] }))).toEqual({ zones: [] })
  })
})
