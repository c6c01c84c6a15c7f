import type { ComponentChildren, JSX } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import type { DrawnLeaves, TableState } from '../protocol/table-rows'
import { type DrawnTable, drawnTree, type TreeMoments } from '../steps/drawn-tree'
import { countText, manyText, sizeText } from './words'

/** Tables below one table that are drawn one by one; the others together. */
const MOST_DRAWN = 6

/** Page tables as linked nodes. Arrow keys go along the links. */
export function TableTree({
  title,
  moments,
}: {
  readonly title: string
  readonly moments: TreeMoments
}): JSX.Element | null {
  const { seen, end } = moments
  const roots = useMemo(() => drawnTree({ seen, end }), [seen.at(-1), seen.length, end])
  const tree = useRef<HTMLDivElement>(null)
  if (roots.length === 0) return null
  return (
    <figure class="table-tree">
      <figcaption>{title}</figcaption>
      <div
        ref={tree}
        role="tree"
        aria-label={`Page tables of the ${title}`}
        onKeyDown={(event) => {
          if (tree.current !== null && walk(tree.current, event.key)) event.preventDefault()
        }}
      >
        {roots.map((table, index) => (
          <TableItem key={table.key} table={table} depth={1} isEntry={index === 0} />
        ))}
      </div>
    </figure>
  )
}

/** What becomes of a table. */
export const STATE_WORDS: Readonly<Record<TableState, string>> = {
  goes: 'only of this memory',
  stays: 'stays',
  gone: 'freed',
}

/** One thing of the tree, with what it leads to behind it. */
function Item(props: {
  readonly depth: number
  readonly words: string
  readonly isEntry?: boolean
  readonly class: string
  readonly box: ComponentChildren
  readonly children?: ComponentChildren
}): JSX.Element {
  const { depth, words, isEntry = false, box, children } = props
  return (
    <div class={`node ${props.class}`}>
      <span
        role="treeitem"
        aria-level={depth}
        tabIndex={isEntry ? 0 : -1}
        aria-label={words}
        title={words}
        class="node-box"
      >
        {box}
      </span>
      {children !== undefined && <div class="below">{children}</div>}
    </div>
  )
}

function TableItem(props: {
  readonly table: DrawnTable
  readonly depth: number
  readonly isEntry?: boolean
}): JSX.Element {
  const { table, depth, isEntry = false } = props
  const { level, state, leaves, children } = table
  const drawn = children.length > MOST_DRAWN + 1 ? children.slice(0, MOST_DRAWN) : children
  const others = children.slice(drawn.length)
  return (
    <Item
      depth={depth}
      words={`${level} table, ${STATE_WORDS[state]}`}
      isEntry={isEntry}
      class={state}
      box={level}
    >
      {leaves.length + children.length > 0 && [
        ...leaves.map((each) => <LeafItem key={each.leafBytes} leaves={each} depth={depth + 1} />),
        ...drawn.map((child) => <TableItem key={child.key} table={child} depth={depth + 1} />),
        others.length > 0 && <OthersItem key="others" tables={others} depth={depth + 1} />,
      ]}
    </Item>
  )
}

/** Leaves of one size in a table: a bar as long as what is left of them. */
function LeafItem(props: { readonly leaves: DrawnLeaves; readonly depth: number }): JSX.Element {
  const { leafBytes, were, are } = props.leaves
  const text = `${countText(are === 0 ? were : are)} × ${sizeText(leafBytes)}`
  return (
    <Item
      depth={props.depth}
      words={`${text} mapped by leaves${are === 0 ? ', gone' : ''}`}
      class={`leaf-node ${are === 0 ? 'gone' : ''}`}
      box={
        <>
          <i style={{ width: `${(100 * are) / Math.max(were, are, 1)}%` }} />
          {text}
        </>
      }
    />
  )
}

/** Tables that are not drawn one by one. */
function OthersItem(props: {
  readonly tables: readonly DrawnTable[]
  readonly depth: number
}): JSX.Element {
  const { tables, depth } = props
  const left = tables.filter(({ state }) => state !== 'gone').length
  const leaves = tables.flatMap((table) => table.leaves).reduce((sum, { are }) => sum + are, 0)
  const words = `${manyText(tables.length, 'table')} more, ${countText(left)} left, with ${countText(leaves)} leaves`
  return (
    <Item depth={depth} words={words} class={`others ${left === 0 ? 'gone' : ''}`} box={words} />
  )
}

/** Goes from item to item: up and down in the order in which they are drawn, left and right along the links. */
function walk(tree: HTMLElement, key: string): boolean {
  const items = [...tree.querySelectorAll<HTMLElement>('[role=treeitem]')]
  const current = items.find((item) => item === document.activeElement)
  if (current === undefined) return false
  const at = items.indexOf(current)
  const node = current.closest('.node')
  const above = node?.parentElement?.closest('.node')
  const target = {
    ArrowDown: items[at + 1],
    ArrowUp: items[at - 1],
    ArrowRight: node?.querySelector<HTMLElement>(':scope > .below [role=treeitem]'),
    ArrowLeft: above?.querySelector<HTMLElement>('[role=treeitem]'),
    Home: items[0],
    End: items.at(-1),
  }[key]
  if (target === undefined || target === null) return false
  for (const item of items) item.tabIndex = item === target ? 0 : -1
  target.focus()
  return true
}
