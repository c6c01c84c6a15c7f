import type { PhysRange } from '@memhp/core'
import type { Source } from '../source'
import type { BlockInfo, DeviceDriver, DeviceInfo } from '../topology'

/** One write to one file. */
export interface FirmwareWrite {
  readonly path: string
  readonly text: string
}

/** A write that makes devices go, together or not at all. */
export interface Removal extends FirmwareWrite {
  /** Never empty. */
  readonly devices: readonly DeviceInfo[]
  /** What that is called: `eject` a device, `remove` LMBs. */
  readonly verb: 'eject' | 'remove'
  /** What brings them back; null where only firmware or hypervisor can. */
  readonly undo: FirmwareWrite | null
}

/** How a kernel shows the memory devices of one kind of firmware, and how it is asked to let them go. */
export interface FirmwareInterface {
  readonly driver: DeviceDriver
  /**
   * Reads its devices. A machine without this firmware has none, and that is no gap in what is known.
   * @param blocks ascending by id
   */
  read(source: Source, blocks: readonly BlockInfo[]): Promise<readonly DeviceInfo[]>
  /** The writes that make devices of its own go, in their order. */
  removals(devices: readonly DeviceInfo[]): readonly Removal[]
  /** Where the kernel shows a device. */
  directoryOf(device: DeviceInfo): string
}

/** Adjacent blocks as one range. */
function joinedRanges(blocks: readonly BlockInfo[]): readonly PhysRange[] {
  const ranges: PhysRange[] = []
  for (const { start, end } of blocks) {
    const last = ranges.at(-1)
    if (last?.end === start) ranges[ranges.length - 1] = { start: last.start, end }
    else ranges.push({ start, end })
  }
  return ranges
}

/** What a device's blocks tell of it. @param blocks ascending */
export const memoryOf = (
  blocks: readonly BlockInfo[],
): Pick<DeviceInfo, 'nodes' | 'blocks' | 'ranges'> => ({
  nodes: [...new Set(blocks.flatMap(({ nodes }) => nodes))].sort((a, b) => a - b),
  blocks: blocks.map(({ id }) => id),
  ranges: joinedRanges(blocks),
})
