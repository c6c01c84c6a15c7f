import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { TableRow } from '../protocol/table-rows'
import type { App } from '../state/app'
import { STATE_WORDS } from './table-tree'
import { countText, manyText, sizeText } from './words'

/** Height of a row, and of what is seen of the rows, in CSS pixels. */
const ROW_PX = 26
const SEEN_PX = 338
/** Rows above and below what is seen that are drawn as well. */
const BESIDE = 6

interface OutlineProps {
  readonly app: App
  readonly title: string
  readonly region: 'direct' | 'vmemmap'
  /** Index into `Timeline.structures`. */
  readonly moment: number
}

/** Page tables of which there are thousands, as linked nodes: a table shows what it leads to once it is opened. */
export function TableOutline({ app, title, region, moment }: OutlineProps): JSX.Element | null {
  const [open, setOpen] = useState<readonly string[] | null>(null)
  const rows = useRows(app, { region, moment, open })
  const [active, setActive] = useState<string | null>(null)
  const [top, setTop] = useState(0)
  const box = useRef<HTMLDivElement>(null)
  if (rows.length === 0) return null
  const at = Math.max(
    0,
    rows.findIndex(({ key }) => key === active),
  )
  const toggle = (row: TableRow): void => {
    if (row.below.tables === 0) return
    const opened = rows.flatMap(({ key, isOpen }) => (isOpen ? [key] : []))
    setOpen(row.isOpen ? opened.filter((key) => key !== row.key) : [...opened, row.key])
  }
  const goTo = (index: number): void => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)]
    if (row === undefined || box.current === null) return
    setActive(row.key)
    showRow(box.current, rows.indexOf(row))
  }
  const first = Math.max(0, Math.floor(top / ROW_PX) - BESIDE)
  const last = Math.min(rows.length, Math.ceil((top + SEEN_PX) / ROW_PX) + BESIDE)
  return (
    <figure class="table-outline">
      <figcaption>{title}</figcaption>
      <div
        ref={box}
        role="tree"
        tabIndex={0}
        aria-label={`Page tables of the ${title}: arrow keys go along and open them`}
        aria-activedescendant={`${region}-${at}`}
        style={{ height: `${Math.min(SEEN_PX, rows.length * ROW_PX)}px` }}
        onClick={({ target }) => {
          const row = rows[rowAt(target)]
          if (row === undefined) return
          setActive(row.key)
          toggle(row)
        }}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={(event) => {
          if (press(event.key, { rows, at, goTo, toggle })) event.preventDefault()
        }}
      >
        <div role="presentation" style={{ height: `${rows.length * ROW_PX}px` }}>
          {rows.slice(first, last).map((row, index) => (
            <OutlineRow
              key={row.key}
              id={`${region}-${first + index}`}
              row={row}
              topPx={(first + index) * ROW_PX}
              isActive={first + index === at}
            />
          ))}
        </div>
      </div>
    </figure>
  )
}

/** Rows of a moment. While those of the next are worked out, the last ones stay; what is asked for meanwhile but the last is left out. */
function useRows(
  app: App,
  wish: Pick<OutlineProps, 'region' | 'moment'> & { readonly open: readonly string[] | null },
): readonly TableRow[] {
  const [rows, setRows] = useState<readonly TableRow[]>([])
  const wanted = useRef(wish)
  const isAsking = useRef(false)
  wanted.current = wish
  useEffect(() => {
    const ask = async (): Promise<void> => {
      isAsking.current = true
      const asked = wanted.current
      const answer = await app.client.ask('tables', asked).catch(() => null)
      isAsking.current = false
      setRows(answer ?? [])
      const next = wanted.current
      if (next.moment !== asked.moment || next.open !== asked.open) await ask()
    }
    if (!isAsking.current) void ask()
  }, [wish.moment, wish.open, app.timeline.value])
  return rows
}

/** The index of the row that something is in; -1 for none: ids end with it. */
const rowAt = (target: EventTarget | null): number =>
  target instanceof Element
    ? Number(target.closest('[role=treeitem]')?.id.split('-').at(-1) ?? -1)
    : -1

function showRow(box: HTMLElement, index: number): void {
  const y = index * ROW_PX
  if (y < box.scrollTop) box.scrollTop = y
  else if (y + ROW_PX > box.scrollTop + box.clientHeight)
    box.scrollTop = y + ROW_PX - box.clientHeight
}

/** Goes along the rows, and opens and closes them. @returns whether the key means something here */
function press(
  key: string,
  tree: {
    readonly rows: readonly TableRow[]
    readonly at: number
    readonly goTo: (index: number) => void
    readonly toggle: (row: TableRow) => void
  },
): boolean {
  const { rows, at, goTo, toggle } = tree
  const row = rows[at]
  if (row === undefined) return false
  const depth = row.rails.length
  const parent = rows.slice(0, at).findLastIndex(({ rails }) => rails.length < depth)
  const acts: Readonly<Record<string, () => void>> = {
    ArrowDown: () => goTo(at + 1),
    ArrowUp: () => goTo(at - 1),
    Home: () => goTo(0),
    End: () => goTo(rows.length - 1),
    PageDown: () => goTo(at + Math.floor(SEEN_PX / ROW_PX)),
    PageUp: () => goTo(at - Math.floor(SEEN_PX / ROW_PX)),
    ArrowRight: () => (row.isOpen ? goTo(at + 1) : toggle(row)),
    ArrowLeft: () => (row.isOpen ? toggle(row) : goTo(Math.max(parent, 0))),
    Enter: () => toggle(row),
    ' ': () => toggle(row),
  }
  acts[key]?.()
  return key in acts
}

/** What is said of a table: its leaves, and what is below it. */
function wordsOf({ leaves, below, leavesBelow, isOpen }: TableRow): string {
  if (below.tables === 0 || isOpen) {
    const [one] = leaves
    if (one === undefined) return ''
    const size = sizeText(one.leafBytes)
    return one.are === 0
      ? `${countText(one.were)} × ${size}, gone`
      : `${countText(one.are)} × ${size}`
  }
  const gone = below.left < below.tables ? `, ${countText(below.left)} left` : ''
  return `${manyText(below.tables, 'table')} below${gone}, ${countText(leavesBelow)} leaves`
}

function OutlineRow(props: {
  readonly id: string
  readonly row: TableRow
  readonly topPx: number
  readonly isActive: boolean
}): JSX.Element {
  const { id, row, topPx, isActive } = props
  const words = wordsOf(row)
  const canOpen = row.below.tables > 0
  return (
    <div
      id={id}
      role="treeitem"
      tabIndex={-1}
      aria-level={row.rails.length}
      aria-posinset={row.place}
      aria-setsize={row.siblings}
      aria-label={`${row.level} ${words}, ${STATE_WORDS[row.state]}`.replace(' ,', ',')}
      {...(canOpen ? { 'aria-expanded': row.isOpen } : {})}
      class={`outline-row node ${row.state} ${isActive ? 'active' : ''}`}
      style={{ top: `${topPx}px` }}
    >
      {row.rails.map((goesOn, depth) => (
        <i key={depth} class={railOf(row, { goesOn, depth })} />
      ))}
      <i class={`opens ${canOpen ? (row.isOpen ? 'is-open' : 'is-closed') : ''}`} />
      <span class="node-box">{row.level}</span> <span class="outline-words">{words}</span>
    </div>
  )
}

/** The link at a depth: into the table, past it, or none. */
function railOf(
  { rails }: TableRow,
  { goesOn, depth }: { readonly goesOn: boolean; readonly depth: number },
): string {
  if (depth === 0) return 'rail'
  if (depth < rails.length - 1) return goesOn ? 'rail past' : 'rail'
  return goesOn ? 'rail into past' : 'rail into'
}
