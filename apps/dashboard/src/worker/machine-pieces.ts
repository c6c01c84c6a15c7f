import { type BlockId, blockId, type Machine } from '@memhp/core'
import { blockIds, findBlock } from '@memhp/core/inspect'
import { deviceFinder } from './block-cells'

/** What brings a block online in its zone; null: it is offline. */
export type OnlineWord = 'online_movable' | 'online_kernel' | null

/** Memory of one node that came as a whole: at boot, or with a device. */
export interface Piece {
  readonly name: string
  readonly node: number
  readonly blocks: readonly BlockId[]
  readonly bytes: number
  /** What brings the block online that has a byte of the piece. */
  wordAt(byte: number): OnlineWord
}

interface OpenPiece {
  readonly name: string
  readonly node: number
  readonly isBoot: boolean
  readonly blocks: BlockId[]
}

function wordOf(machine: Machine, id: BlockId): OnlineWord {
  const block = findBlock(machine, id)
  if (block?.state !== 'online') return null
  return block.zone?.endsWith('/Movable') === true ? 'online_movable' : 'online_kernel'
}

/** A machine's memory in pieces: that of boot by node, that of devices by device. */
export function piecesOf(machine: Machine): {
  readonly boot: readonly Piece[]
  readonly plugged: readonly Piece[]
} {
  const deviceOf = deviceFinder(machine)
  const pieces = new Map<string, OpenPiece>()
  for (const id of blockIds(machine)) {
    const block = findBlock(machine, id)
    if (block === undefined) continue
    const device = block.early ? null : (deviceOf(id) ?? 'added')
    const name = device ?? 'boot'
    const key = `${name} ${block.nodeId}`
    const open = pieces.get(key)
    if (open !== undefined) open.blocks.push(id)
    else pieces.set(key, { name, node: block.nodeId, isBoot: device === null, blocks: [id] })
  }
  const { blockBytes } = machine.geometry
  const closed = [...pieces.values()].map(({ name, node, isBoot, blocks }) => ({
    isBoot,
    name: `${name.replaceAll(/[^\w-]/g, '-')}-${node}`,
    node,
    blocks,
    bytes: blocks.length * blockBytes,
    wordAt: (byte: number) => wordOf(machine, blocks[Math.floor(byte / blockBytes)] ?? blockId(-1)),
  }))
  return {
    boot: closed.filter(({ isBoot }) => isBoot).sort((a, b) => a.node - b.node),
    plugged: closed.filter(({ isBoot }) => !isBoot),
  }
}
