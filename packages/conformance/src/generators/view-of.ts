import { type Machine, pluggedDevices } from '@memhp/core'
import { blockIds, blockIdsOfRange } from '@memhp/core/inspect'
import type { WalkView } from '@memhp/core/plugin'

/** What a machine shows to whoever makes its next request. */
export const viewOf = (machine: Machine): WalkView => ({
  names: (directory) =>
    machine.tree.lookup(directory) === undefined ? [] : machine.tree.list(directory),
  blockBytes: machine.geometry.blockBytes,
  blocks: blockIds(machine),
  plugged: pluggedDevices(machine).map(({ name, address, sizeBytes }) => ({
    name,
    blocks: blockIdsOfRange(machine, { start: address, end: address + sizeBytes }),
  })),
})
