import type { Census, LevelCensus, Rehearsal } from '@memhp/planner'
import { renderTable } from '../output/table'
import { formatNumbers } from '../text/number-list'
import { formatSize } from '../text/size'
import { grouped, indented, type PageStyle, section } from './page-style'

/** One line of the comparison: a topic, a thing, and what there is of it. */
interface Row {
  readonly topic: string
  readonly thing: string
  readonly show: (census: Census) => string
}

const NONE = 'none'
const orNone = (number: number): string => (number === 0 ? NONE : grouped(number))
const lines = (texts: readonly string[]): string => (texts.length === 0 ? NONE : texts.join('\n'))
const hex = (address: number): string => address.toString(16).padStart(8, '0')
const range = (start: number, end: number): string => `${hex(start)}-${hex(end)}`

function deviceRows(before: Census): readonly Row[] {
  return before.devices.flatMap(({ name }): readonly Row[] => {
    const find = ({ devices }: Census) => devices.find((device) => device.name === name)
    return [
      {
        topic: 'device',
        thing: name,
        show: (census) => {
          const device = find(census)
          if (device?.directory !== true) return NONE
          return device.status === 0 ? 'an empty slot' : `status ${device.status ?? 'unknown'}`
        },
      },
      {
        topic: 'device',
        thing: 'its memory ranges',
        show: (census) =>
          lines(find(census)?.ranges.map(({ start, end }) => range(start, end - 1)) ?? []),
      },
      {
        topic: 'device',
        thing: 'links to its blocks',
        show: (census) => orNone(find(census)?.physicalNodes ?? 0),
      },
    ]
  })
}

const FIRMWARE_MAP: Row = {
  topic: 'firmware map',
  thing: '/sys/firmware/memmap',
  show: ({ firmwareMap }) =>
    lines(
      firmwareMap.map(({ index, start, end, type }) => `${index}: ${range(start, end)} ${type}`),
    ),
}

const IOMEM: Row = {
  topic: 'resources',
  thing: '/proc/iomem',
  show: ({ iomem }) =>
    lines(
      iomem.map(
        ({ start, end, name, depth }) => `${'  '.repeat(depth)}${range(start, end)} ${name}`,
      ),
    ),
}

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0)

const SECTIONS: readonly Row[] = [
  { topic: 'sections', thing: 'mem_sections', show: ({ sections }) => orNone(sections.present) },
  {
    topic: 'sections',
    thing: 'memory blocks',
    show: ({ sections: { blocks } }) =>
      blocks.length === 0 ? NONE : `memory${formatNumbers(blocks.map(({ id }) => id))}`,
  },
  {
    topic: 'sections',
    thing: 'their files',
    show: ({ sections: { blocks } }) => orNone(sum(blocks, ({ files }) => files)),
  },
  {
    topic: 'sections',
    thing: 'links in and to them',
    show: ({ sections: { blocks, linksToBlocks } }) =>
      orNone(sum(blocks, ({ links }) => links) + linksToBlocks),
  },
]

const REGIONS = [
  ['direct', 'direct map'],
  ['vmemmap', 'vmemmap'],
] as const

/** Leaves and tables of the levels that there was anything of. */
function tableRows({ tables }: Census): readonly Row[] {
  if (tables === null) return []
  return REGIONS.flatMap(([region, name]) =>
    tables[region].flatMap(({ level, leafBytes, leaves, ownTables }): readonly Row[] => {
      const pick = (what: 'leaves' | 'ownTables') => (census: Census) =>
        orNone(
          sum<LevelCensus>(
            census.tables?.[region].filter((each) => each.level === level) ?? [],
            (each) => each[what],
          ),
        )
      const size = formatSize(leafBytes)
      return [
        ...(leaves === 0
          ? []
          : [
              {
                topic: 'page tables',
                thing: `${name}, ${level} leaves of ${size}`,
                show: pick('leaves'),
              },
            ]),
        ...(ownTables === 0
          ? []
          : [
              {
                topic: 'page tables',
                thing: `${name}, own ${level} tables`,
                show: pick('ownTables'),
              },
            ]),
      ]
    }),
  )
}

const backingRow = (pageBytes: number): Row => ({
  topic: 'page tables',
  thing: 'memory of its struct pages',
  show: ({ tables }) => {
    const pages = tables === null ? 0 : tables.backing.allocated + tables.backing.selfHosted
    return pages === 0 ? NONE : formatSize(pages * pageBytes)
  },
})

function nodeRows(before: Census): readonly Row[] {
  return before.nodes.map(({ id }) => ({
    topic: 'node',
    thing: `/sys/devices/system/node/node${id}`,
    show: ({ nodes }) => {
      const node = nodes.find((each) => each.id === id)
      if (node?.online !== true) return NONE
      return `${grouped(node.entries)} entries${node.hasMemory ? '' : ', no memory'}`
    },
  }))
}

/** The six things that memory has beside it, before and after, side by side. */
export function renderFreed(rehearsal: Rehearsal, style: PageStyle): string {
  const { before, after, plan, outcome } = rehearsal
  if (outcome !== 'removed') return ''
  const rows = [
    ...deviceRows(before),
    FIRMWARE_MAP,
    IOMEM,
    ...SECTIONS,
    ...tableRows(before),
    ...(before.tables === null ? [] : [backingRow(plan.pageBytes)]),
    ...nodeRows(before),
  ]
  let number = 0
  let topic = ''
  const cells = rows.map((row) => {
    const isNew = row.topic !== topic
    if (isNew) number += 1
    topic = row.topic
    const now = row.show(after)
    return [
      isNew ? `${number}` : '',
      isNew ? row.topic : '',
      row.thing,
      row.show(before),
      now === NONE ? style.paint.green(now) : now,
    ]
  })
  const columns = ['', '', '', 'BEFORE', 'AFTER'].map((heading) => ({ heading }))
  return section('What was kept for it', indented(renderTable(columns, cells)), style)
}
