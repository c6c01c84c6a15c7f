// Trees of hosts, by what a test says of their blocks.

type Texts = Readonly<Record<string, string>>

export const MEMORY = '/sys/devices/system/memory'
export const NODE = '/sys/devices/system/node'

/** What a test says of a host: blocks of 128 MiB by number, each with its zone. */
interface Host {
  readonly blocks: Readonly<Record<number, string>>
  /** Node of each block; none where it is left out. */
  readonly nodes?: Readonly<Record<number, number>>
  /** Which side has the links between nodes and blocks. */
  readonly links?: 'both' | 'nodes' | 'blocks'
  readonly more?: Texts
}

export function treeOf({ blocks, nodes = {}, links = 'both', more = {} }: Host): Texts {
  const texts: Record<string, string> = { [`${MEMORY}/block_size_bytes`]: '8000000\n' }
  for (const [id, zone] of Object.entries(blocks)) {
    const directory = `${MEMORY}/memory${id}`
    texts[`${directory}/state`] = 'online\n'
    texts[`${directory}/removable`] = '1\n'
    if (zone !== '') texts[`${directory}/valid_zones`] = `${zone}\n`
    const node = nodes[Number(id)]
    if (node === undefined) continue
    if (links !== 'nodes') texts[`${directory}/node${node}`] = `-> ../../node/node${node}`
    if (links === 'blocks') continue
    texts[`${NODE}/node${node}/memory${id}`] = `-> ../../memory/memory${id}`
  }
  return { ...texts, ...more }
}

export const range = <T>(first: number, last: number, value: T): Record<number, T> =>
  Object.fromEntries(Array.from({ length: last - first + 1 }, (_, i) => [first + i, value]))

/** Two nodes: boot memory below, and Movable from block 32 on. */
export const TWO_NODES: Host = {
  blocks: { 0: 'none', ...range(1, 7, 'DMA32'), ...range(32, 39, 'Movable') },
  nodes: { ...range(0, 7, 0), ...range(32, 39, 1) },
}
