import { blockId, type Machine, type MemoryBlock } from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import type { BlockCell, BlockRun } from '../protocol/machine-view'

/** Finds the device that a block belongs to. */
export type DeviceFinder = (block: number) => string | null

/** Makes a finder from the devices as they are now. */
export function deviceFinder(machine: Machine): DeviceFinder {
  const { blockBytes } = machine.geometry
  const ranges = machine.drivers
    .flatMap((driver) => driver.devices(machine))
    .flatMap(({ name, ranges }) => ranges.map((range) => ({ name, ...range })))
    .filter(({ enabled }) => enabled)
  return (block) => {
    const start = block * blockBytes
    const found = ranges.find((range) => range.start < start + blockBytes && start < range.end)
    return found?.name ?? null
  }
}

/** Name of a zone without its node. */
const zoneName = (key: string | null): string | null =>
  key === null ? null : key.slice(key.indexOf('/') + 1)

const cellOf = (block: Readonly<MemoryBlock>, device: string | null): BlockCell => ({
  state: block.state,
  node: block.nodeId,
  zone: zoneName(block.zone),
  device,
  early: block.early,
})

/** A block as the map shows it; null where there is none. */
export function blockCell(machine: Machine, id: number, deviceOf: DeviceFinder): BlockCell | null {
  const block = findBlock(machine, blockId(id))
  return block === undefined ? null : cellOf(block, block.early ? null : deviceOf(id))
}

/** True for cells that look alike. */
export const sameCell = (a: BlockCell | null, b: BlockCell | null): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.state === b.state &&
    a.node === b.node &&
    a.zone === b.zone &&
    a.device === b.device &&
    a.early === b.early)

/** All blocks, ascending, neighbours that are alike together. Costs what was touched since boot. */
export function blockRuns(machine: Machine): readonly BlockRun[] {
  const { runs, separated } = machine.state.memory.blocks
  const deviceOf = deviceFinder(machine)
  const pieces: BlockRun[] = [
    ...runs.map(({ start, end, nodeId, zone }) => ({
      start,
      end,
      cell: {
        state: 'online',
        node: nodeId,
        zone: zoneName(zone),
        device: null,
        early: true,
      } as const,
    })),
    ...[...separated.values()].map((block) => ({
      start: block.id,
      end: block.id + 1,
      cell: cellOf(block, block.early ? null : deviceOf(block.id)),
    })),
  ].sort((a, b) => a.start - b.start)
  const joined: { start: number; end: number; cell: BlockCell }[] = []
  for (const piece of pieces) {
    const last = joined.at(-1)
    if (last?.end === piece.start && sameCell(last.cell, piece.cell)) last.end = piece.end
    else joined.push({ ...piece })
  }
  return joined
}
