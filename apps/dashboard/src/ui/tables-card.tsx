import type { JSX } from 'preact'
import type { LevelView, TablesView } from '../protocol/timeline'
import type { App } from '../state/app'
import { Card } from './card'
import { TableOutline } from './table-outline'
import { TableTree } from './table-tree'
import { countText } from './words'

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
          app={app}
          all={timeline.structures.map(({ tables }) => tables)}
          moment={now.structures}
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
  readonly app: App
  /** Of every moment. */
  readonly all: readonly TablesView[]
  /** The one that is shown. */
  readonly moment: number
}

const isMet = ({ tables, leaves }: LevelView): boolean => tables > 0 || leaves.length > 0

function Trees({ app, all, moment }: TreesProps): JSX.Element {
  const draw = (title: string, region: 'direct' | 'vmemmap'): JSX.Element | null => {
    const trees = all.flatMap(({ trees: each }) => (each[region] === null ? [] : [each[region]]))
    const end = trees.at(-1)
    if (trees.length === all.length && end !== undefined)
      return <TableTree title={title} moments={{ seen: trees.slice(0, moment + 1), end }} />
    return all.some((each) => each[region].some(isMet)) ? (
      <TableOutline app={app} title={title} region={region} moment={moment} />
    ) : null
  }
  return (
    <>
      {draw('direct map', 'direct')}
      {draw('struct pages (vmemmap)', 'vmemmap')}
    </>
  )
}
