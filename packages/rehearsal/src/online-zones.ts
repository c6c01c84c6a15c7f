import {
  type Errno,
  isHotplugError,
  type Machine,
  type NodeId,
  type OnlineType,
  platformOf,
  restoreSnapshot,
  settle,
  takeSnapshot,
} from '@memhp/core'
import { blockFile, MEMORY_DIRECTORY, parameterFile } from '@memhp/kernel-files'
import { readTopology } from '@memhp/topology'

/** How blocks are to come online. What is left out stays as the machine has it. */
export interface OnlineWish {
  /** What is written to the `state` of each block. */
  readonly how: OnlineType
  /** `online_policy`, which a plain `online` heeds. */
  readonly policy?: 'contig-zones' | 'auto-movable'
  /** `auto_movable_ratio`, in percent. */
  readonly ratio?: number
  /** A device that is plugged first: its blocks are asked about, not those that are offline. */
  readonly plug?: { readonly sizeBytes: number; readonly node: NodeId }
}

/** Where one block comes online. */
export interface OnlineZone {
  readonly block: number
  readonly nodes: readonly number[]
  /** Null where it does not come online. */
  readonly zone: string | null
  /** What the kernel refuses it with; null where it comes online. */
  readonly errno: Errno | null
  /** The kernel brought it online by itself when it was plugged, whatever was asked. */
  readonly byItself: boolean
}

/**
 * Brings offline blocks online on a machine, one after the other from the lowest up, as each changes where the next belongs;
 * says in which zone each is then, and puts the machine back as it was.
 * @throws HotplugError NO_SUCH_FILE where the kernel does not have such a policy, NOT_WRITABLE, and what plugging throws
 */
export async function onlineZones(
  machine: Machine,
  wish: OnlineWish,
): Promise<readonly OnlineZone[]> {
  const start = takeSnapshot(machine)
  try {
    setPolicy(machine, wish)
    const asked =
      wish.plug === undefined ? await offlineBlocks(machine) : await plugged(machine, wish.plug)
    const answers = new Map(asked.map((id) => [id, bringOnline(machine, id, wish.how)]))
    const { blocks } = await readTopology(machine.tree)
    return blocks.flatMap(({ id, nodes, zones }) => {
      const answer = answers.get(id)
      const zone = zones.kind === 'in' ? zones.name : null
      return answer === undefined ? [] : [{ block: id, nodes, zone, ...answer }]
    })
  } finally {
    restoreSnapshot(machine, start)
  }
}

function setPolicy({ tree }: Machine, { policy, ratio }: OnlineWish): void {
  if (policy !== undefined) tree.write(parameterFile('online_policy'), policy)
  if (ratio !== undefined) tree.write(parameterFile('auto_movable_ratio'), `${ratio}`)
}

async function offlineBlocks({ tree }: Machine): Promise<readonly number[]> {
  const { blocks } = await readTopology(tree)
  return blocks.filter(({ state }) => state === 'offline').map(({ id }) => id)
}

/** Blocks that come with a device; they stay offline unless firmware brings them online. */
async function plugged(
  machine: Machine,
  plug: NonNullable<OnlineWish['plug']>,
): Promise<readonly number[]> {
  const { tree } = machine
  const before = new Set((await readTopology(tree)).blocks.map(({ id }) => id))
  tree.write(`${MEMORY_DIRECTORY}/auto_online_blocks`, 'offline')
  platformOf(machine).plug(machine, { id: 'memhp-new', ...plug })
  settle(machine)
  const { blocks } = await readTopology(tree)
  return blocks.filter(({ id }) => !before.has(id)).map(({ id }) => id)
}

function bringOnline(
  { tree }: Machine,
  block: number,
  how: OnlineType,
): Pick<OnlineZone, 'errno' | 'byItself'> {
  const path = blockFile(block, 'state')
  if (tree.read(path).trim() === 'online') return { errno: null, byItself: true }
  try {
    tree.write(path, how)
    return { errno: null, byItself: false }
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return { errno: error.errno, byItself: false }
  }
}
