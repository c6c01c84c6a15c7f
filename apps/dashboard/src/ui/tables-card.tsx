import type { JSX } from 'preact'
import type { LevelView, TablesView } from '../protocol/timeline'
import type { App } from '../state/app'
import { Card } from './card'
import { TableTree } from './table-tree'
import { countText, manyText, sizeText } from './words'

/** Tables and leaves that are drawn one by one at most. */
const MOST_DRAWN = 14

/** The kernel's page tables of the memory as a tree: leaves go first, then tables that have become empty. */
export function TablesCard({ app }: { readonly app: App }): JSX.Element | null {
  const [timeline, now] = [app.timeline.value, app.now.value]
  if (timeline === null || now === null) return null
  const [before, is] = [timeline.structures[0]?.tables, timeline.structures[now.structures]?.tables]
  if (before === undefined || is === undefined) return null
  return (
    <Card title="Page tables" class="tables">
      {before.kind === 'tables' ? (
        <Trees
          seen={timeline.structures.slice(0, now.structures + 1).map(({ tables }) => tables)}
          end={timeline.structures.at(-1)?.tables ?? is}
        />
      ) : (
        <WithoutTables before={before} now={is} />
      )}
    </Card>
  )
}

function WithoutTables({
  before,
  now,
}: {
  readonly before: TablesView
  readonly now: TablesView
}): JSX.Element {
  if (before.kind === 'none')
    return <p>This architecture maps the memory without page tables: no entry has to go.</p>
  return (
    <dl class="hash">
      <dt>hash entries of the direct map</dt>
      <dd>{countText(now.hashEntries.direct)}</dd>
      <dt>hash entries of the struct pages</dt>
      <dd>{countText(now.hashEntries.vmemmap)}</dd>
    </dl>
  )
}

interface TreesProps {
  /** Of every moment until now. */
  readonly seen: readonly TablesView[]
  /** Of the last moment of all. */
  readonly end: TablesView
}

function Trees({ seen, end }: TreesProps): JSX.Element {
  const draw = (title: string, region: 'direct' | 'vmemmap'): JSX.Element | null => {
    const trees = seen.flatMap(({ trees: each }) => (each[region] === null ? [] : [each[region]]))
    const last = end.trees[region]
    const [before, now] = [seen[0], seen.at(-1)]
    if (before === undefined || now === undefined) return null
    return trees.length < seen.length || last === null ? (
      <Tree title={title} before={before[region]} now={now[region]} />
    ) : (
      <TableTree title={title} moments={{ seen: trees, end: last }} />
    )
  }
  return (
    <>
      {draw('direct map', 'direct')}
      {draw('struct pages (vmemmap)', 'vmemmap')}
    </>
  )
}

const isMet = ({ tables, leaves }: LevelView): boolean => tables > 0 || leaves.length > 0

/** Level by level, where there are too many tables to be drawn. */
function Tree(props: {
  readonly title: string
  readonly before: readonly LevelView[]
  readonly now: readonly LevelView[]
}): JSX.Element | null {
  const { title, before, now } = props
  const met = before
    .map((level, index) => ({ was: level, is: now[index] ?? level }))
    .filter(({ was, is }) => isMet(was) || isMet(is))
  if (met.length === 0) return null
  return (
    <figure class="tree">
      <figcaption>{title}</figcaption>
      <ol>
        {met.map(({ was, is }, depth) => (
          <Level key={was.level} was={was} is={is} depth={depth} />
        ))}
      </ol>
    </figure>
  )
}

function Level({
  was,
  is,
  depth,
}: {
  readonly was: LevelView
  readonly is: LevelView
  readonly depth: number
}): JSX.Element {
  const leavesWere = was.leaves.reduce((sum, { count }) => sum + count, 0)
  const leavesAre = is.leaves.reduce((sum, { count }) => sum + count, 0)
  const size = (was.leaves[0] ?? is.leaves[0])?.leafBytes
  return (
    <li style={{ '--depth': String(depth) }}>
      <span class="level-name">{was.level}</span>
      <span class="boxes" aria-hidden="true">
        {boxes(was.tables, is.tables, is.ownTables)}
        {leavesWere + leavesAre > 0 && <i class="stem" />}
        {leaves(leavesWere, leavesAre)}
      </span>
      <span class="level-text">
        {manyText(is.tables, 'table')}
        {leavesWere + leavesAre > 0 &&
          `, ${leavesAre === 1 ? '1 leaf' : `${countText(leavesAre)} leaves`}`}
        {size !== undefined && ` of ${sizeText(size)}`}
      </span>
    </li>
  )
}

/** Tables: own ones full, those that others need as well hollow, freed ones crossed out. */
function boxes(were: number, are: number, own: number): readonly JSX.Element[] {
  const most = Math.max(were, are)
  return Array.from({ length: Math.min(MOST_DRAWN, most) }, (_, index) => {
    const kind = index >= are ? 'gone' : index < own ? 'own' : 'shared'
    return <i key={index} class={`box ${kind}`} />
  })
}

/** Leaves, as many for one mark as there is room for. */
function leaves(were: number, are: number): readonly JSX.Element[] {
  const most = Math.max(were, are)
  const each = Math.max(1, Math.ceil(most / MOST_DRAWN))
  return Array.from({ length: Math.ceil(most / each) }, (_, index) => (
    <i key={index} class={`leaf ${index * each >= are ? 'gone' : ''}`} />
  ))
}
