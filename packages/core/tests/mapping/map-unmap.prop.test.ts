import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../../tests/thorough'
import { nodeId } from '../../src/address/brand'
import { isHotplugError } from '../../src/errors/hotplug-error'
import { changedWords } from '../../src/mapping/changed-tables'
import { leafExtents } from '../../src/mapping/leaf-extent'
import { mapInto } from '../../src/mapping/map-range'
import { checkTables } from '../../src/mapping/mapping-check'
import { levelAt, type MappedArch, regionNamed } from '../../src/mapping/table-shape'
import type { TableShape } from '../../src/mapping/table-types'
import { walkTables } from '../../src/mapping/table-walk'
import { unmapFrom } from '../../src/mapping/unmap-range'
import type { RegionChange } from '../../src/model/mapping-change'
import { type FakeTables, fakeTables } from './fake-frames'
import { GEOMETRIES } from './geometries'
import { directSizes, type LeafModel, modelMap, modelTables, modelUnmap } from './leaf-model'

const NODE = nodeId(0)

interface Span {
  readonly start: number
  readonly end: number
}

type Step =
  | { readonly kind: 'map'; readonly span: Span; readonly pages: number }
  | { readonly kind: 'unmap'; readonly span: Span; readonly partialLeaf: 'keep' | 'split' }

/** Ranges whose ends crowd around the boundaries of entries and tables of all levels. */
function spans(shape: TableShape): fc.Arbitrary<Span> {
  const { limitBytes } = regionNamed(shape, 'direct')
  const sizes = directSizes(shape)
  const [large = 0, middle = 0] = sizes
  const page = sizes.at(-1) ?? 0
  const around = sizes.slice(1, -1).flatMap((size) => [-size - page, -size, size - page, size])
  const between = sizes.slice(1, -1).map((size) => size + page)
  const steps = [-large, -page, 0, page, large, ...around, ...between]
  const boundaries = [large, ...shape.levels.map((level) => level.spanBytes)].filter(
    (bytes) => bytes >= middle && bytes + large < limitBytes,
  )
  return fc
    .record({
      boundary: fc.constantFrom(...boundaries),
      ends: fc.uniqueArray(fc.constantFrom(...steps), { minLength: 2, maxLength: 2 }),
    })
    .map(({ boundary, ends: [a = 0, b = 0] }) => ({
      start: Math.max(0, boundary + Math.min(a, b)),
      end: boundary + Math.max(a, b),
    }))
    .filter((span) => span.start < span.end)
}

const steps = (shape: TableShape): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('map' as const),
        span: spans(shape),
        // Mostly enough pages; now and then the memory ends somewhere on the way.
        pages: fc.oneof({ weight: 4, arbitrary: fc.constant(9999) }, fc.nat(3)),
      }),
      fc.record({
        kind: fc.constant('unmap' as const),
        span: spans(shape),
        partialLeaf: fc.constantFrom('keep' as const, 'split' as const),
      }),
    ),
    { minLength: 1, maxLength: 8 },
  )

interface Found {
  readonly leaves: LeafModel
  readonly tables: Set<string>
}

/** What the tables hold, read through the walker. */
function found(tables: FakeTables): Found {
  const { shape } = tables
  const region = regionNamed(shape, 'direct')
  const leaves: LeafModel = new Map()
  const seen = new Set<string>()
  walkTables(
    tables,
    { region, start: 0, end: region.limitBytes },
    {
      leaf: ({ offset, sizeBytes, level, low, high }) => {
        const address = shape.geometry.entries.address(low, high, level.index)
        if (address !== offset) throw new Error(`offset ${offset} leads to ${address}`)
        leaves.set(offset, sizeBytes)
      },
      table: ({ level, offset }) => {
        if (level.index > 0) {
          seen.add(`${level.index}:${Math.floor(offset / (level.spanBytes * level.entries))}`)
        }
        return 'enter'
      },
    },
  )
  return { leaves, tables: seen }
}

const bytesOf = (leaves: Iterable<[number, number]>): number =>
  [...leaves].reduce((sum, [, bytes]) => sum + bytes, 0)
const countedBytes = (leaves: RegionChange['leaves']): number =>
  leaves.reduce((sum, { leafBytes, count }) => sum + leafBytes * count, 0)
const countedTables = (tables: RegionChange['tables']): number =>
  tables.reduce((sum, { count }) => sum + count, 0)

/** The walker and the flat model side by side. */
class Pair {
  readonly tables: FakeTables
  readonly model: LeafModel = new Map()
  /** Tables that stay once they exist. */
  private readonly permanent = new Set<string>()

  constructor(geometry: MappedArch, boot: readonly Span[]) {
    this.tables = fakeTables(geometry)
    const { shape, state } = this.tables
    const sizes = directSizes(shape)
    const direct = boot.flatMap((span) => leafExtents(span, sizes))
    if (shape.geometry.secondTables === 'at-boot') {
      const count = regionNamed(shape, 'direct').limitBytes / levelAt(shape, 0).spanBytes
      for (let i = 0; i < count; i++) this.permanent.add(`1:${i}`)
    }
    state.boot = {
      ...state.boot,
      direct: direct.map(({ start, end, leafBytes }) => ({
        offset: start,
        sizeBytes: end - start,
        address: start,
        leafBytes,
      })),
    }
    for (const { start, end, leafBytes } of direct) {
      state.directMapBytes.set(leafBytes, (state.directMapBytes.get(leafBytes) ?? 0) + end - start)
      for (let at = start; at < end; at += leafBytes) this.model.set(at, leafBytes)
    }
  }

  run(step: Step): void {
    if (step.kind === 'map') this.map(step)
    else this.unmap(step)
  }

  private map(step: Extract<Step, { kind: 'map' }>): void {
    const { tables, model } = this
    const { start, end } = step.span
    const before = step.pages < 9999 ? this.copy() : undefined
    const modelled = { bytes: bytesOf(model), tables: this.expectedTables().size }
    const pagesBefore = tables.frames.pages('table')
    tables.frames.remaining = step.pages
    try {
      const mapped = mapInto(tables, {
        region: 'direct',
        offset: start,
        sizeBytes: end - start,
        leafSizes: directSizes(tables.shape),
        backing: { kind: 'linear', address: start },
        nodeId: NODE,
      })
      modelMap(model, tables.shape, step.span)
      expect(countedBytes(mapped.leaves)).toBe(bytesOf(model) - modelled.bytes)
      expect(countedTables(mapped.tables)).toBe(this.expectedTables().size - modelled.tables)
      expect(mapped.tablePages).toBe(tables.frames.pages('table') - pagesBefore)
    } catch (error) {
      if (!isHotplugError(error)) throw error
      expect(error).toMatchObject({ code: 'OUT_OF_MEMORY', errno: 'ENOMEM' })
      expect(this.copy()).toEqual(before)
    }
    tables.frames.remaining = Number.POSITIVE_INFINITY
    this.compare()
  }

  private unmap(step: Extract<Step, { kind: 'unmap' }>): void {
    const { tables, model } = this
    const { start, end } = step.span
    const pagesBefore = tables.frames.pages('table')
    const modelled = { bytes: bytesOf(model), tables: this.expectedTables().size }
    const unmapped = unmapFrom(tables, {
      region: 'direct',
      offset: start,
      sizeBytes: end - start,
      frames: 'keep',
      partialLeaf: step.partialLeaf,
      emptyTables: 'free',
      nodeId: NODE,
    })
    modelUnmap(model, tables.shape, { ...step.span, partialLeaf: step.partialLeaf })
    expect(countedBytes(unmapped.leaves)).toBe(modelled.bytes - bytesOf(model))
    const gone = countedTables(unmapped.tables)
    const intoTables = unmapped.splits.filter(({ leafBytes }) =>
      tables.shape.levels.some((level) => level.spanBytes === leafBytes),
    )
    const splits = intoTables.reduce((sum, { count }) => sum + count, 0)
    expect(gone - splits).toBe(modelled.tables - this.expectedTables().size)
    expect(unmapped.tablePages).toBe(pagesBefore - tables.frames.pages('table'))
    if (step.partialLeaf === 'split') expect(unmapped.left).toEqual([])
    this.compare()
  }

  private copy(): unknown {
    const { state, frames } = this.tables
    const tables = new Map(
      [...changedWords(this.tables)].map(([pfn, words]) => [pfn, words.join()]),
    )
    return {
      state: { ...state, tables, leafTables: [], partlyUsedPages: new Map(state.partlyUsedPages) },
      counters: [...state.directMapBytes],
      out: new Map(frames.out),
    }
  }

  private expectedTables(): Set<string> {
    const expected = modelTables(this.model, this.tables.shape)
    for (const key of expected) {
      const level = this.tables.shape.levels[Number(key.split(':')[0])]
      if (level?.permanent === true) this.permanent.add(key)
    }
    // A table that stays keeps the tables above it.
    for (const key of this.permanent) this.addWithParents(expected, key)
    return expected
  }

  private addWithParents(expected: Set<string>, key: string): void {
    const [index = 0, number = 0] = key.split(':').map(Number)
    expected.add(key)
    const level = this.tables.shape.levels[index]
    const above = this.tables.shape.levels[index - 1]
    if (level === undefined || above === undefined || above.index === 0) return
    const offset = number * level.spanBytes * level.entries
    const parent = Math.floor(offset / (above.spanBytes * above.entries))
    this.addWithParents(expected, `${above.index}:${parent}`)
  }

  private compare(): void {
    const { leaves, tables } = found(this.tables)
    expect(leafDifference(leaves, this.model)).toEqual([])
    expect(keyDifference(tables, this.expectedTables())).toEqual([])
    checkTables(this.tables, { emptyTables: 'free' })
    expect(this.tables.frames.count('memmap')).toBe(0)
  }
}

/** Leaves that are in one model only, or not of one size. Cheap where they agree, however many there are. */
const leafDifference = (a: LeafModel, b: LeafModel): number[] =>
  [...a.keys(), ...b.keys()].filter((offset) => a.get(offset) !== b.get(offset))

const keyDifference = (a: Set<string>, b: Set<string>): string[] =>
  [...a, ...b].filter((key) => !a.has(key) || !b.has(key))

/** Boot stretches that do not meet. */
const bootSpans = (shape: TableShape): fc.Arbitrary<readonly Span[]> =>
  fc.array(spans(shape), { maxLength: 2 }).map((all) => {
    const [first, second] = [...all].sort((a, b) => a.start - b.start)
    if (first === undefined || second === undefined) return all
    return second.start >= first.end ? [first, second] : [first]
  })

describe.each(Object.entries(GEOMETRIES))('map and unmap, %s', (_, geometry) => {
  const { shape } = fakeTables(geometry)

  test('any sequence leaves exactly the leaves and tables of the flat model', () => {
    fc.assert(
      fc.property(steps(shape), (sequence) => {
        const pair = new Pair(geometry, [])
        for (const step of sequence) pair.run(step)
      }),
      { numRuns: draws(100) },
    )
  })

  test('the same holds beside boot mappings, whose tables are not stored until they change', () => {
    fc.assert(
      fc.property(bootSpans(shape), steps(shape), (boot, sequence) => {
        const pair = new Pair(geometry, boot)
        for (const step of sequence) pair.run(step)
      }),
      { numRuns: draws(100) },
    )
  })
})
