import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../../tests/thorough'
import { nodeId, type Pfn, pfn } from '../../src/address/brand'
import { coveredSize } from '../../src/address/interval-set'
import { MIB } from '../../src/address/units'
import { isHotplugError } from '../../src/errors/hotplug-error'
import { changedWords } from '../../src/mapping/changed-tables'
import { levelCounts } from '../../src/mapping/leaf-list'
import { checkTables } from '../../src/mapping/mapping-check'
import { regionNamed } from '../../src/mapping/table-shape'
import { walkTables } from '../../src/mapping/table-walk'
import { freeVmemmapIn } from '../../src/mapping/vmemmap-free'
import { populateIn } from '../../src/mapping/vmemmap-populate'
import type { GenerationRules } from '../../src/model/generation-rules'
import { type FakeTables, fakeTables } from './fake-frames'
import { withStructPages } from './geometries'

const NODE = nodeId(0)
const SECTION_PAGES = 32768
const LEAF = 2 * MIB
const UNUSED = 0xfd
/** Boundaries of sections and leaves fall on multiples of this for all sizes of a struct page below. */
const GRANULE = 128 * 1024

/** The kernel's bytes, one for each granule of a large leaf. */
type LargeLeaf = { readonly kind: 'large'; readonly bytes: Uint8Array }
type SmallLeaves = { readonly kind: 'small'; readonly granules: Set<number> }

/** The flat model: every mapped slot with its bytes, written and compared literally. */
class ByteModel {
  readonly slots = new Map<number, LargeLeaf | SmallLeaves>()

  private readonly structPageBytes: number
  private readonly neverUsed: GenerationRules['mapping']['neverUsed']

  constructor(structPageBytes: number, neverUsed: GenerationRules['mapping']['neverUsed']) {
    this.structPageBytes = structPageBytes
    this.neverUsed = neverUsed
  }

  private *granules(section: number): Generator<{ slot: number; granule: number }> {
    const bytes = SECTION_PAGES * this.structPageBytes
    for (let at = section * bytes; at < (section + 1) * bytes; at += GRANULE) {
      yield { slot: Math.floor(at / LEAF), granule: (at % LEAF) / GRANULE }
    }
  }

  add(section: number, large: 'plenty' | 'none'): void {
    for (const { slot, granule } of this.granules(section)) {
      const found = this.slots.get(slot) ?? this.fresh(large)
      this.slots.set(slot, found)
      if (found.kind === 'large') found.bytes[granule] = 1
      else found.granules.add(granule)
    }
  }

  private fresh(large: 'plenty' | 'none'): LargeLeaf | SmallLeaves {
    if (large === 'none') return { kind: 'small', granules: new Set() }
    const bytes = new Uint8Array(LEAF / GRANULE)
    return { kind: 'large', bytes: this.neverUsed === 'marked' ? bytes.fill(UNUSED) : bytes }
  }

  remove(section: number): void {
    for (const { slot, granule } of this.granules(section)) {
      const found = this.slots.get(slot)
      if (found?.kind === 'large') found.bytes[granule] = UNUSED
      else found?.granules.delete(granule)
    }
    for (const { slot } of this.granules(section)) {
      const found = this.slots.get(slot)
      if (found === undefined) continue
      const isUnused =
        found.kind === 'large'
          ? found.bytes.every((byte) => byte === UNUSED)
          : found.granules.size === 0
      if (isUnused) this.slots.delete(slot)
    }
  }

  mappedBytes(): number {
    let bytes = 0
    for (const slot of this.slots.values()) {
      bytes += slot.kind === 'large' ? LEAF : slot.granules.size * GRANULE
    }
    return bytes
  }
}

const pagesOf = (section: number): { start: Pfn; end: Pfn } => ({
  start: pfn(section * SECTION_PAGES),
  end: pfn((section + 1) * SECTION_PAGES),
})

function mappedSlots(tables: FakeTables): Map<number, number> {
  const region = regionNamed(tables.shape, 'vmemmap')
  const slots = new Map<number, number>()
  walkTables(
    tables,
    { region, start: 0, end: region.limitBytes },
    {
      leaf: ({ offset, level }) => {
        const slot = Math.floor(offset / LEAF)
        slots.set(slot, (slots.get(slot) ?? 0) + level.spanBytes)
      },
    },
  )
  return slots
}

function compare(tables: FakeTables, model: ByteModel): void {
  const slots = mappedSlots(tables)
  expect([...slots.keys()].sort((a, b) => a - b)).toEqual(
    [...model.slots.keys()].sort((a, b) => a - b),
  )
  for (const [slot, content] of model.slots) {
    const range = { start: slot * LEAF, end: (slot + 1) * LEAF }
    const unused = coveredSize(tables.state.unusedVmemmap, range)
    if (content.kind === 'large') {
      expect(slots.get(slot)).toBe(LEAF)
      expect(unused).toBe(content.bytes.filter((byte) => byte === UNUSED).length * GRANULE)
    } else {
      expect(slots.get(slot)).toBe(content.granules.size * GRANULE)
      expect(unused).toBe(0)
    }
  }
  const backing = [...tables.frames.out.values()].filter((frame) => frame.kind === 'memmap')
  const backed = backing.reduce((sum, frame) => sum + 2 ** frame.order * 4096, 0)
  expect(backed).toBe(model.mappedBytes())
  checkTables(tables, { emptyTables: 'free' })
}

type Step =
  | { readonly kind: 'toggle'; readonly section: number; readonly large: 'plenty' | 'none' }
  | { readonly kind: 'starve'; readonly section: number; readonly pages: number }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('toggle' as const),
        section: fc.integer({ min: 6, max: 13 }),
        large: fc.constantFrom('plenty' as const, 'plenty' as const, 'none' as const),
      }),
    },
    fc.record({
      kind: fc.constant('starve' as const),
      section: fc.integer({ min: 6, max: 13 }),
      pages: fc.integer({ min: 0, max: 600 }),
    }),
  ),
  { minLength: 1, maxLength: 20 },
)

class Pair {
  readonly tables: FakeTables
  readonly model: ByteModel
  readonly present = new Set<number>()

  private readonly neverUsed: GenerationRules['mapping']['neverUsed']

  constructor(structPageBytes: number, neverUsed: GenerationRules['mapping']['neverUsed']) {
    this.neverUsed = neverUsed
    this.tables = fakeTables(withStructPages(structPageBytes))
    this.model = new ByteModel(structPageBytes, neverUsed)
  }

  run(step: Step): void {
    const { section } = step
    if (step.kind === 'starve') this.starve(section, step.pages)
    else if (this.present.has(section)) this.remove(section)
    else this.add(section, step.large)
    compare(this.tables, this.model)
  }

  private populate(section: number): void {
    const { neverUsed } = this
    populateIn(this.tables, { pages: pagesOf(section), nodeId: NODE, neverUsed })
  }

  private add(section: number, large: 'plenty' | 'none'): void {
    this.tables.frames.limits.set(9, large === 'none' ? 0 : Number.POSITIVE_INFINITY)
    this.populate(section)
    this.model.add(section, large)
    this.present.add(section)
  }

  private remove(section: number): void {
    const before = this.model.mappedBytes()
    const freed = freeVmemmapIn(this.tables, {
      pages: pagesOf(section),
      nodeId: NODE,
      emptyTables: 'free',
    })
    this.model.remove(section)
    this.present.delete(section)
    const bytes = freed.leaves.reduce((sum, leaf) => sum + leaf.leafBytes * leaf.count, 0)
    expect(bytes).toBe(before - this.model.mappedBytes())
    expect(freed.framePages).toEqual({ allocator: bytes / 4096, boot: 0, 'self-hosted': 0 })
  }

  /** Lets memory run out on the way: nothing of the attempt may be left. */
  private starve(section: number, pages: number): void {
    if (this.present.has(section)) return
    const { frames } = this.tables
    frames.limits.set(9, 0)
    frames.remaining = pages
    const before = this.snapshot()
    try {
      this.populate(section)
      this.model.add(section, 'none')
      this.present.add(section)
    } catch (error) {
      if (!isHotplugError(error)) throw error
      expect(error).toMatchObject({ code: 'OUT_OF_MEMORY' })
      expect(this.snapshot()).toEqual(before)
    }
    frames.remaining = Number.POSITIVE_INFINITY
  }

  private snapshot(): unknown {
    const { state, frames } = this.tables
    return {
      tables: [...changedWords(this.tables)].map(([first, words]) => [first, words.join()]),
      unused: structuredClone(state.unusedVmemmap),
      out: [...frames.out],
    }
  }
}

describe.each([64, 56, 80])('vmemmap, struct pages of %i bytes', (structPageBytes) => {
  test.each<GenerationRules['mapping']['neverUsed']>(['marked', 'unmarked'])(
    'the leaves that stay are those whose bytes are not all 0xFD, never used bytes %s',
    (neverUsed) => {
      fc.assert(
        fc.property(steps, (sequence) => {
          const pair = new Pair(structPageBytes, neverUsed)
          for (const step of sequence) pair.run(step)
        }),
        { numRuns: draws(60) },
      )
    },
  )

  test('sections that all go leave nothing mapped, whatever the order', () => {
    const sections = [6, 7, 8, 9, 10, 11]
    fc.assert(
      fc.property(
        fc.shuffledSubarray(sections, { minLength: 6 }),
        fc.shuffledSubarray(sections, { minLength: 6 }),
        (adding, removing) => {
          const pair = new Pair(structPageBytes, 'marked')
          for (const section of adding) pair.run({ kind: 'toggle', section, large: 'plenty' })
          for (const section of removing) pair.run({ kind: 'toggle', section, large: 'plenty' })
          const region = regionNamed(pair.tables.shape, 'vmemmap')
          const counts = levelCounts(pair.tables, { region, start: 0, end: region.limitBytes })
          expect(counts.map((level) => level.leaves)).toEqual([0, 0, 0, 0])
          // The root, and the PUD table that stays.
          expect(counts.map((level) => level.tables)).toEqual([1, 1, 0, 0])
          expect(pair.tables.frames.out.size).toBe(1)
        },
      ),
      { numRuns: draws(30) },
    )
  })
})
