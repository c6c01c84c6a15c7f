// A machine of another architecture that is like one: the same nodes, devices and zones, in blocks of its size.
import {
  addMemory,
  alignUp,
  allocateTracked,
  blockId,
  createMachine,
  GENERATIONS,
  GIB,
  HotplugError,
  type Machine,
  type MachineDescription,
  nodeId,
  physAddr,
  placeUnmovablePage,
  platformOf,
  refusalOf,
  SUBSYSTEMS,
  settle,
} from '@memhp/core'
import { blockIds, blockRange, countPages, findBlock } from '@memhp/core/inspect'
import { ARCHS, DRIVERS } from '@memhp/platforms'
import { DIALECTS } from '@memhp/platforms/dialects'
import { type OnlineWord, type Piece, piecesOf } from './machine-pieces'

/** The other machine, and where it has the memory of the first. */
export interface LikeMachine {
  readonly machine: Machine
  /** Blocks that stand for blocks of the first, ascending. */
  counterparts(blocks: readonly number[]): readonly number[]
}

type Kind = Required<Pick<MachineDescription, 'arch' | 'kernel'>>

const create = (description: MachineDescription): Machine =>
  createMachine(description, {
    archs: ARCHS,
    drivers: DRIVERS,
    kernels: GENERATIONS,
    subsystems: SUBSYSTEMS,
  })

/** The kernel of the first machine, or the newest that runs on the architecture and can add memory there. @throws HotplugError UNKNOWN_PLUGIN where none can */
function smallest(arch: string, wanted: string): { readonly kind: Kind; readonly tiny: Machine } {
  const newest = GENERATIONS.map(({ name }) => name).toReversed()
  for (const kernel of [wanted, ...newest]) {
    const kind = { arch, kernel }
    let tiny: Machine | undefined
    const ram = [{ start: 0, end: GIB / 16, node: 0 }]
    refusalOf(() => {
      tiny = create({ ...kind, nodes: [{ id: 0, cpus: [0] }], ram })
    })
    if (tiny === undefined) continue
    const start = alignUp(GIB / 16, tiny.geometry.blockBytes)
    const next = { start: physAddr(start), end: physAddr(start + tiny.geometry.blockBytes) }
    if (tiny.arch.canAdd(tiny, next).kind === 'allowed') return { kind, tiny }
  }
  const text = `No kernel can add memory on ${arch}.`
  throw new HotplugError('UNKNOWN_PLUGIN', 'EOPNOTSUPP', text, { detail: { arch } })
}

/** Architectures on which some kernel can add memory. */
export const archsThatAdd = (): readonly string[] =>
  ARCHS.map(({ name }) => name).filter(
    (name) => refusalOf(() => smallest(name, GENERATIONS.at(-1)?.name ?? '')) === undefined,
  )

/** By how much sizes are divided so that all of them are addressable: an architecture may have little room. */
function divisorFor(pieces: readonly Piece[], { arch, geometry }: Machine): number {
  const sizeOf = (divisor: number): number =>
    pieces.reduce((sum, { bytes }) => sum + alignUp(bytes / divisor, geometry.blockBytes), 0)
  let divisor = 1
  while (2 * sizeOf(divisor) > arch.mappable.end && sizeOf(2 * divisor) < sizeOf(divisor))
    divisor *= 2
  return divisor
}

/** A description with boot memory, and the firmware of the architecture where that can plug devices. */
function describe(machine: Machine, kind: Kind, boot: readonly PlacedPiece[]): MachineDescription {
  const { nodes } = machine.state.memory
  const ramEnd = Math.max(...boot.map(({ end }) => end))
  const plain: MachineDescription = {
    ...kind,
    nodes: [...nodes.values()].map(({ id, cpus }) => ({ id, cpus: [...cpus] })),
    ram: boot.map(({ start, end, piece }) => ({ start, end, node: piece.node })),
    autoOnlineBlocks: 'offline',
  }
  for (const { driver, walk } of DIALECTS) {
    const { sweep } = walk
    const plugs = sweep?.operations.some(({ by }) => by === 'notice')
    if (plugs !== true || sweep?.archs.includes(kind.arch) !== true) continue
    const config = { ...sweep.config(ramEnd), slots: MOST_DEVICES }
    return { ...plain, cmdline: sweep.cmdline ?? '', drivers: { [driver]: config } }
  }
  return plain
}

const MOST_DEVICES = 64

/** A piece where the other machine has it. Bytes. */
interface PlacedPiece {
  readonly piece: Piece
  readonly start: number
  readonly end: number
}

/** Boot memory, one piece behind the other. */
function placeBoot(
  pieces: readonly Piece[],
  sizeOf: (piece: Piece) => number,
): readonly PlacedPiece[] {
  let start = 0
  return pieces.map((piece) => {
    const placed = { piece, start, end: start + sizeOf(piece) }
    start = placed.end
    return placed
  })
}

/** Plugs a piece, or adds it where no firmware can plug it. */
function bring(machine: Machine, piece: Piece, bytes: number): PlacedPiece {
  const { blockBytes } = machine.geometry
  const before = new Set(blockIds(machine))
  const driver = machine.drivers.find(({ platform }) => platform !== null)?.name
  if (driver !== undefined)
    platformOf(machine, driver).plug(machine, {
      id: piece.name,
      sizeBytes: bytes,
      node: piece.node,
    })
  else {
    const start = (Math.max(...before) + 1) * blockBytes
    const range = { start: physAddr(start), end: physAddr(start + bytes) }
    addMemory(machine, { range, nodeId: nodeId(piece.node) })
  }
  settle(machine)
  const came = blockIds(machine).filter((id) => !before.has(id))
  const [first] = came
  if (first === undefined || came.length * blockBytes !== bytes) {
    const text = `${piece.name} cannot be plugged on ${machine.arch.name}.`
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { bytes } })
  }
  return { piece, start: first * blockBytes, end: first * blockBytes + bytes }
}

/** Brings the blocks of a piece to the zones that those of the first machine are in, as far as the kernel has such zones. */
function bringOnline(like: Machine, { piece, start, end }: PlacedPiece, divisor: number): void {
  const { blockBytes } = like.geometry
  const ids = Array.from({ length: (end - start) / blockBytes }, (_, index) => index)
  const wordOf = (index: number): OnlineWord => piece.wordAt(index * blockBytes * divisor)
  // The highest first: old kernels move only the edge of a zone to the next.
  const ordered = [
    ...ids.filter((index) => wordOf(index) === 'online_movable').reverse(),
    ...ids.filter((index) => wordOf(index) !== 'online_movable'),
  ]
  for (const index of ordered) {
    const id = blockId(start / blockBytes + index)
    const path = `/sys/devices/system/memory/memory${id}/state`
    const word = wordOf(index)
    if (findBlock(like, id)?.state === 'online') like.tree.write(path, 'offline')
    if (word === null) continue
    const refusal = refusalOf(() => like.tree.write(path, word))
    if (refusal !== undefined) like.tree.write(path, 'online')
  }
}

/** As much in use as on the first machine: pages that move, and pages of the kernel that do not. */
function fill(first: Machine, like: Machine, placed: PlacedPiece, divisor: number): void {
  const { piece, start, end } = placed
  const { pageBytes, blockBytes } = like.geometry
  const used = piece.blocks.map((id) => countPages(first, blockRange(first, id)))
  const lru = used.reduce((sum, { lru: pages, pinned }) => sum + pages - pinned, 0)
  const pageCount = Math.floor((lru * first.geometry.pageBytes) / divisor / pageBytes)
  if (pageCount > 0)
    refusalOf(() =>
      allocateTracked(like, {
        name: piece.name,
        kind: 'file',
        policy: 'bind',
        pageCount,
        nodeId: nodeId(piece.node),
      }),
    )
  for (const [index, { slab, table, pinned }] of used.entries()) {
    if (slab + table + pinned === 0) continue
    const at = start + (index * first.geometry.blockBytes) / divisor
    const block = blockId(Math.floor(at / blockBytes))
    if (at < end) placeUnmovablePage(like, { range: blockRange(like, block) })
  }
}

/**
 * Makes a machine of another architecture that is like one.
 * @throws HotplugError UNKNOWN_PLUGIN where no kernel can add memory there, whatever its parts are refused with
 */
export function likeMachine(first: Machine, arch: string): LikeMachine {
  const { kind, tiny } = smallest(arch, first.generation.name)
  const { boot, plugged } = piecesOf(first)
  const divisor = divisorFor([...boot, ...plugged], tiny)
  const sizeOf = ({ bytes }: Piece): number => alignUp(bytes / divisor, tiny.geometry.blockBytes)
  const placedBoot = placeBoot(boot, sizeOf)
  const machine = create(describe(first, kind, placedBoot))
  const placed = plugged.map((piece) => bring(machine, piece, sizeOf(piece)))
  for (const piece of placed) bringOnline(machine, piece, divisor)
  for (const piece of placed) fill(first, machine, piece, divisor)
  const all = [...placedBoot, ...placed]
  const { blockBytes } = machine.geometry
  return {
    machine,
    counterparts: (blocks) => {
      const wanted = new Set(blocks)
      const found = all.flatMap(({ piece, start }) =>
        piece.blocks.flatMap((id, index) =>
          wanted.has(id)
            ? [Math.floor((start + (index * first.geometry.blockBytes) / divisor) / blockBytes)]
            : [],
        ),
      )
      return [...new Set(found)].sort((a, b) => a - b)
    },
  }
}
