import type { JSX } from 'preact'
import type { Structures } from '../protocol/timeline'
import type { App } from '../state/app'
import { Card } from './card'
import { countText, manyText } from './words'

/** The six structures that describe memory, each for who does not know it. */
export const SIX: readonly (readonly [name: string, what: string])[] = [
  ['acpi_memory_info', 'what the driver of the firmware’s device keeps of it'],
  ['firmware map', 'its entry in /sys/firmware/memmap'],
  ['iomem resource', 'its line in /proc/iomem'],
  ['mem_section', 'a struct page for each of its pages, and its blocks in sysfs'],
  ['page tables', 'what maps the memory, and what maps its struct pages'],
  ['node', 'its NUMA node, where that has neither other memory nor CPUs'],
]

/** One of the six. */
interface Line {
  readonly name: string
  readonly what: string
  readonly before: number
  readonly now: number
  /** What is counted beside, in words. */
  readonly aside: string
}

const tablesIn = ({ tables }: Structures): number =>
  tables.kind === 'entries'
    ? tables.hashEntries.direct + tables.hashEntries.vmemmap
    : [...tables.direct, ...tables.vmemmap].reduce(
        (sum, { ownTables, leaves }) =>
          sum + ownTables + leaves.reduce((all, { count }) => all + count, 0),
        0,
      )

const nodesIn = ({ nodes }: Structures): number =>
  nodes.filter(({ online, isGoing }) => online && (isGoing || nodes.length === 1)).length

const onlineNodes = ({ nodes }: Structures): number => nodes.filter(({ online }) => online).length

/** The six structures, then and now. */
export function linesOf(before: Structures, now: Structures): readonly Line[] {
  const isGoing = before.nodes.some((node) => node.isGoing)
  const mapping = before.tables.kind === 'entries' ? 'hash entries' : 'tables and leaves'
  return [
    {
      name: 'acpi_memory_info',
      what: 'ranges that the firmware driver keeps of its devices',
      before: before.deviceRanges,
      now: now.deviceRanges,
      aside: manyText(now.deviceRanges, 'range'),
    },
    {
      name: 'firmware map',
      what: 'entries of /sys/firmware/memmap',
      before: before.firmwareEntries,
      now: now.firmwareEntries,
      aside: now.firmwareEntries === 1 ? '1 entry' : `${now.firmwareEntries} entries`,
    },
    {
      name: 'iomem resource',
      what: 'lines of /proc/iomem',
      before: before.iomemLines,
      now: now.iomemLines,
      aside: manyText(now.iomemLines, 'line'),
    },
    {
      name: 'mem_section',
      what: 'sections with their struct pages, and memory blocks in sysfs',
      before: before.sections + before.files,
      now: now.sections + now.files,
      aside: `${manyText(now.sections, 'section')}, ${manyText(now.files, 'file')}`,
    },
    {
      name: 'page tables',
      what: 'of the direct map and of the struct pages',
      before: tablesIn(before),
      now: tablesIn(now),
      aside: before.tables.kind === 'none' ? 'none here' : `${countText(tablesIn(now))} ${mapping}`,
    },
    {
      name: 'node',
      what: isGoing
        ? 'directory, links, kswapd, place in online'
        : 'stays: it has other memory or CPUs',
      before: isGoing ? nodesIn(before) : onlineNodes(before),
      now: isGoing ? nodesIn(now) : onlineNodes(now),
      aside: isGoing ? (nodesIn(now) > 0 ? 'online' : 'gone') : manyText(onlineNodes(now), 'node'),
    },
  ]
}

/** What a removal frees. */
export function StructuresCard({ app }: { readonly app: App }): JSX.Element | null {
  const [timeline, now] = [app.timeline.value, app.now.value]
  if (timeline === null || now === null) return null
  const [before, is] = [timeline.structures[0], timeline.structures[now.structures]]
  if (before === undefined || is === undefined) return null
  const lines = linesOf(before, is)
  const freed = lines.filter((line) => line.before > 0 && line.now === 0).length
  return (
    <Card
      title="The six structures"
      class="structures"
      aside={<span class="count">{freed} freed</span>}
    >
      <ol>
        {lines.map((line) => (
          <StructureLine key={line.name} line={line} />
        ))}
      </ol>
    </Card>
  )
}

function StructureLine({ line }: { readonly line: Line }): JSX.Element {
  const { name, what, before, now, aside } = line
  const most = Math.max(before, now, 1)
  const isFreed = before > 0 && now === 0
  return (
    <li class={isFreed ? 'freed' : now < before ? 'shrinking' : ''}>
      <div class="structure-name">
        <b>{name}</b>
        <span class="number">{isFreed ? 'freed' : aside}</span>
      </div>
      <div class="meter" role="img" aria-label={`${name}: ${now} of ${most} left`}>
        <i style={{ width: `${(100 * now) / most}%` }} />
      </div>
      <small>{what}</small>
    </li>
  )
}
