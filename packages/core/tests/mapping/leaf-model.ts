import type { TableShape } from '../../src/mapping/table-types'

/** The flat model: leaves by the offset of their first byte, of a region whose memory is mapped one to one. */
export type LeafModel = Map<number, number>

const inOrder = (model: LeafModel): { start: number; end: number }[] =>
  [...model]
    .map(([start, bytes]) => ({ start, end: start + bytes }))
    .sort((a, b) => a.start - b.start)

/** Leaf sizes that the direct map may use, largest first. */
export const directSizes = (shape: TableShape): readonly number[] =>
  shape.regions.direct?.leaves ?? []

/** Maps a range: present leaves stay, and each gap is filled with the largest leaves that fit in. */
export function modelMap(
  model: LeafModel,
  shape: TableShape,
  range: { start: number; end: number },
): void {
  const present = inOrder(model).filter((leaf) => leaf.end > range.start && leaf.start < range.end)
  let at = range.start
  while (at < range.end) {
    while (present[0] !== undefined && present[0].end <= at) present.shift()
    const next = present[0]
    if (next !== undefined && next.start <= at) {
      at = next.end
      continue
    }
    const free = Math.min(range.end, next?.start ?? range.end)
    // A size fits only where its whole place is free: a smaller leaf further on means that a table is there.
    const size = directSizes(shape).find((bytes) => at % bytes === 0 && at + bytes <= free)
    if (size === undefined) throw new Error('the model is given whole pages')
    model.set(at, size)
    at += size
  }
}

/** Unmaps a range. A leaf that reaches beyond it stays, or is split level by level. */
export function modelUnmap(
  model: LeafModel,
  shape: TableShape,
  range: { start: number; end: number; partialLeaf: 'keep' | 'split' },
): void {
  for (const leaf of inOrder(model)) {
    if (leaf.end <= range.start || leaf.start >= range.end) continue
    const isWhole = range.start <= leaf.start && leaf.end <= range.end
    if (isWhole) model.delete(leaf.start)
    else if (range.partialLeaf === 'split') splitLeaf(model, shape, { ...range, leaf })
  }
}

function splitLeaf(
  model: LeafModel,
  shape: TableShape,
  what: { start: number; end: number; leaf: { start: number; end: number } },
): void {
  const { leaf } = what
  const smaller = shape.levels.find((each) => each.spanBytes < leaf.end - leaf.start)
  model.delete(leaf.start)
  if (smaller === undefined) throw new Error('the model is given whole pages')
  for (let at = leaf.start; at < leaf.end; at += smaller.spanBytes) {
    const part = { start: at, end: at + smaller.spanBytes }
    const isWhole = what.start <= part.start && part.end <= what.end
    const isOutside = part.end <= what.start || part.start >= what.end
    if (isOutside) model.set(at, smaller.spanBytes)
    else if (!isWhole) splitLeaf(model, shape, { ...what, leaf: part })
  }
}

/** The tables that the leaves need, as `level:number`, the root left out. */
export function modelTables(model: LeafModel, shape: TableShape): Set<string> {
  const tables = new Set<string>()
  for (const [start, bytes] of model) {
    for (const level of shape.levels.slice(1)) {
      if (level.spanBytes * level.entries <= bytes) break
      tables.add(`${level.index}:${Math.floor(start / (level.spanBytes * level.entries))}`)
    }
  }
  return tables
}
