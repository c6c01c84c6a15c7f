import { formatNumberList } from '@memhp/kernel-files'
import type { BlockInfo, Topology } from '@memhp/topology'
import type { Paint } from '../context'
import { formatSize } from '../text/size'
import { labelled, type PageStyle, plural } from './page-style'

/** What a block is drawn as. */
type Mark = 'K' | 'M' | 'o' | '!' | '*'

const MEANINGS: Readonly<Record<Mark, string>> = {
  K: 'kernel zone',
  M: 'Movable',
  o: 'offline',
  '!': 'no single zone: never goes',
  '*': 'of several kinds',
}

function markOf({ state, zones }: BlockInfo): Mark {
  if (state === 'offline') return 'o'
  if (zones.kind !== 'in') return '!'
  return zones.name === 'Movable' ? 'M' : 'K'
}

type MapPaint = Pick<Paint, 'yellow' | 'cyan' | 'dim' | 'red' | 'magenta'>

const same = (text: string | number | null | undefined): string => String(text)
/** Paint that paints nothing: for measuring. */
const UNPAINTED: MapPaint = { yellow: same, cyan: same, dim: same, red: same, magenta: same }

/** One place of the map: a block, or several. `gap`: blocks are missing before it. */
interface Cell {
  readonly mark: Mark
  readonly goes: boolean
  readonly gap: boolean
}

function cellsOf(blocks: readonly BlockInfo[], going: ReadonlySet<number>, each: number): Cell[] {
  const cells: Cell[] = []
  for (let i = 0; i < blocks.length; i += each) {
    const group = blocks.slice(i, i + each)
    const marks = new Set(group.map(markOf))
    const [first] = group
    const previous = blocks[i - 1]
    if (first === undefined) continue
    cells.push({
      mark: marks.size === 1 ? markOf(first) : '*',
      goes: group.some(({ id }) => going.has(id)),
      gap: previous !== undefined && previous.id + 1 !== first.id,
    })
  }
  return cells
}

function paintMark(mark: Mark, paint: MapPaint): string {
  const colours: Readonly<Record<Mark, (text: string) => string>> = {
    K: paint.yellow,
    M: paint.cyan,
    o: paint.dim,
    '!': paint.red,
    '*': paint.magenta,
  }
  return colours[mark](mark)
}

/** Cells in a row; what goes stands in brackets, and a blank is a gap in the addresses. */
function drawCells(cells: readonly Cell[], paint: MapPaint): string {
  let text = ''
  let inside = false
  for (const { mark, goes, gap } of cells) {
    if (inside && (!goes || gap)) text += ']'
    if (gap) text += ' '
    if (goes && (!inside || gap)) text += '['
    text += paintMark(mark, paint)
    inside = goes
  }
  return inside ? `${text}]` : text
}

function nodeFacts(topology: Topology, id: number): string {
  const node = topology.nodes.find((candidate) => candidate.id === id)
  const cpus = node?.cpus ?? []
  const bytes = (node?.blocks.length ?? 0) * topology.blockBytes
  const processors =
    cpus.length === 0 ? 'no CPU' : `${cpus.length === 1 ? 'CPU' : 'CPUs'} ${formatNumberList(cpus)}`
  return `${formatSize(bytes)}, ${processors}`
}

/**
 * A map of a machine's memory, one character a block, a line a node.
 * @param going numbers of the blocks that are to go
 */
export function renderBlockMap(
  topology: Topology,
  going: ReadonlySet<number>,
  style: PageStyle,
): string {
  const { paint, width } = style
  const rows = topology.nodes.length > 0 ? topology.nodes.map(({ id }) => id) : [undefined]
  const blocksOf = (node: number | undefined): readonly BlockInfo[] =>
    topology.blocks.filter(({ nodes }) => node === undefined || nodes[0] === node)
  const longest = Math.max(...rows.map((node) => blocksOf(node).length))
  const room = width - 40
  const each = Math.max(1, Math.ceil(longest / room))
  const drawn = rows.map((node) => ({ node, cells: cellsOf(blocksOf(node), going, each) }))
  const lengthOf = (cells: readonly Cell[]): number => drawCells(cells, UNPAINTED).length
  const widest = Math.max(...drawn.map(({ cells }) => lengthOf(cells)))
  const lines = drawn.map(({ node, cells }) => {
    const label = node === undefined ? 'memory' : `node ${node}`
    const facts = node === undefined ? '' : nodeFacts(topology, node)
    const padding = ' '.repeat(widest - lengthOf(cells))
    return `${`  ${label}`.padEnd(12)}${drawCells(cells, paint)}${padding}  ${facts}`.trimEnd()
  })
  const used = new Set(drawn.flatMap(({ cells }) => cells.map(({ mark }) => mark)))
  const legend = (Object.keys(MEANINGS) as Mark[])
    .filter((mark) => used.has(mark))
    .map((mark) => `${paintMark(mark, paint)} ${MEANINGS[mark]}`)
  const scale = each === 1 ? 'one letter a block' : `one letter for ${plural(each, 'block')}`
  const brackets = going.size === 0 ? '' : '; in brackets: to go'
  const key = labelled('', `${legend.join(', ')}; ${scale}${brackets}`, style)
  return `${lines.join('\n')}\n${key}`
}
