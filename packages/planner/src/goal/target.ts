import type { BlockInfo, DeviceInfo } from '@memhp/topology'

/** What a goal comes to on one machine. */
export interface Target {
  /** Blocks to take offline, ascending, each once. */
  readonly blocks: readonly BlockInfo[]
  /** Devices to remove when their blocks are offline, by address. All of their blocks are among `blocks`. */
  readonly devices: readonly DeviceInfo[]
}

/** The target of some blocks: devices that they cover wholly and that can be removed go with them. */
export function targetOf(blocks: readonly BlockInfo[], devices: readonly DeviceInfo[]): Target {
  const ids = new Set(blocks.map(({ id }) => id))
  const covered = devices.filter(
    (device) =>
      device.ejectable !== false &&
      device.blocks.length > 0 &&
      device.blocks.every((id) => ids.has(id)),
  )
  return {
    blocks: [...blocks].sort((a, b) => a.id - b.id),
    devices: covered.sort((a, b) => (a.blocks[0] ?? 0) - (b.blocks[0] ?? 0)),
  }
}
