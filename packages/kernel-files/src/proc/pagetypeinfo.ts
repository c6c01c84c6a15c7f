import { type TextFault, unexpectedText } from '../text-fault'

/** Free chunks and pageblocks of one zone by migrate type, in the order of `PageTypeNode.types`. */
export interface PageTypeZone {
  readonly name: string
  /** By migrate type, then chunks of 2^index pages; at most 100,000 each. */
  readonly freeByOrder: readonly (readonly number[])[]
  /** Pageblocks by migrate type. */
  readonly pageblocks: readonly number[]
}

/** What `/proc/pagetypeinfo` says of one node that has memory. */
export interface PageTypeNode {
  readonly node: number
  /** A pageblock has 2^this base pages. */
  readonly pageblockOrder: number
  /** Migrate types: `Unmovable`, `Movable`, … */
  readonly types: readonly string[]
  /** Those that have pages. */
  readonly zones: readonly PageTypeZone[]
}

/** The kernel counts chunks no further, and prints `>` before this. Source: mm/vmstat.c pagetypeinfo_showfree_print (Linux 6.1). */
const MOST_COUNTED = 100_000

const ORDER = /^Page block order: (\d+)$/
const FREE = /^Node +(\d+), zone +(\S+), type +(\S+)((?: +>?\d+)+) *$/
const BLOCKS = /^Node (\d+), zone +(\S+)((?: +\d+)+) *$/
/** Lines whose content follows from the others. */
const IMPLIED = /^(?:Pages per block: .*|Free pages count per .*|Number of blocks type .*|)$/

const counts = (text: string): number[] => text.replaceAll('>', '').trim().split(/ +/).map(Number)

/** A node as far as it was read. */
interface OpenNode {
  node: number
  readonly pageblockOrder: number
  readonly types: Set<string>
  readonly free: Map<string, number[][]>
  readonly zones: PageTypeZone[]
}

function takeLine(open: OpenNode, line: string): 'taken' | 'stray' {
  const [, , freeZone = '', type, chunks] = FREE.exec(line) ?? []
  if (type !== undefined && chunks !== undefined) {
    open.types.add(type)
    open.free.set(freeZone, [...(open.free.get(freeZone) ?? []), counts(chunks)])
    return 'taken'
  }
  const [, node, name, blocks] = BLOCKS.exec(line) ?? []
  if (name === undefined || blocks === undefined) return IMPLIED.test(line) ? 'taken' : 'stray'
  open.node = Number(node)
  const freeByOrder = open.free.get(name) ?? []
  open.zones.push({ name, freeByOrder, pageblocks: counts(blocks) })
  return 'taken'
}

const strayLine = (line: number, found: string): TextFault =>
  unexpectedText({ file: 'pagetypeinfo', line, expected: 'a line of pagetypeinfo', found })

/**
 * Reads /proc/pagetypeinfo.
 * @returns the nodes that have memory, in the order of the text
 * @throws TextFault. Source: mm/vmstat.c pagetypeinfo_show (Linux 6.1)
 */
export function parsePagetypeinfo(text: string): PageTypeNode[] {
  const nodes: OpenNode[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const order = ORDER.exec(line)?.[1]
    const open = nodes.at(-1)
    if (order !== undefined) {
      const parts = { types: new Set<string>(), free: new Map<string, number[][]>(), zones: [] }
      nodes.push({ node: 0, pageblockOrder: Number(order), ...parts })
    } else if (line !== '' && (open === undefined || takeLine(open, line) === 'stray')) {
      throw strayLine(index + 1, line)
    }
  }
  return nodes.map(({ node, pageblockOrder, types, zones }) => ({
    node,
    pageblockOrder,
    types: [...types],
    zones,
  }))
}

const chunkCell = (count: number): string =>
  count < MOST_COUNTED ? String(count).padStart(6) : `>${MOST_COUNTED}`

function formatNode({ node, pageblockOrder, types, zones }: PageTypeNode): string {
  const orders = zones[0]?.freeByOrder[0] ?? []
  const columns = orders.map((_, order) => String(order).padStart(6))
  const free = zones.flatMap(({ name, freeByOrder }) =>
    types.map((type, index) => {
      const cells = freeByOrder[index]?.map(chunkCell) ?? []
      const zone = `Node ${String(node).padStart(4)}, zone ${name.padStart(8)}`
      return `${zone}, type ${type.padStart(12)} ${cells.join(' ')} `
    }),
  )
  const blocks = zones.map(({ name, pageblocks }) => {
    const cells = pageblocks.map((count) => String(count).padStart(12))
    return `Node ${node}, zone ${name.padStart(8)} ${cells.join(' ')} `
  })
  const lines = [
    `Page block order: ${pageblockOrder}`,
    `Pages per block:  ${2 ** pageblockOrder}`,
    '',
    `Free pages count per migrate type at order  ${columns.join(' ')} `,
    ...free,
    '',
    `Number of blocks type  ${types.map((type) => type.padStart(12)).join(' ')} `,
    ...blocks,
  ]
  return `${lines.join('\n')}\n`
}

/** The text of /proc/pagetypeinfo. @param nodes those that have memory */
export const formatPagetypeinfo = (nodes: readonly PageTypeNode[]): string =>
  nodes.map(formatNode).join('')
