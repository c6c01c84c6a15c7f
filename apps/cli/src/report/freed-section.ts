import type { FirmwareCensus } from '@memhp/core/plugin'
import { formatHexDigits, formatNumberList } from '@memhp/kernel-files'
import { DIALECTS } from '@memhp/platforms/dialects'
import type { Census, DeviceCensus, LevelCensus, Rehearsal } from '@memhp/rehearsal'
import { formatSize } from '../text/size'
import { grouped, type PageStyle, section, sectionTable } from './page-style'

/** One line of the comparison: a topic, a thing, and what there is of it. */
interface Row {
  readonly topic: string
  readonly thing: string
  readonly show: (census: Census) => string
}

const NONE = 'none'
const orNone = (number: number): string => (number === 0 ? NONE : grouped(number))
const lines = (texts: readonly string[]): string => (texts.length === 0 ? NONE : texts.join('\n'))
const hex = (address: number): string => formatHexDigits(address, 8)
const range = (start: number, end: number): string => `${hex(start)}-${hex(end)}`

function rowsOfDevice(name: string, { thing, record }: FirmwareCensus): readonly Row[] {
  const find = ({ devices }: Census) => devices.find((device) => device.name === name)
  const ranges: Row[] =
    record === null
      ? []
      : [
          {
            topic: 'device',
            thing: record,
            show: (census) =>
              lines(find(census)?.ranges.map(({ start, end }) => range(start, end - 1)) ?? []),
          },
        ]
  return [
    {
      topic: 'device',
      thing: name,
      show: (census) => find(census)?.firmware.state ?? NONE,
    },
    ...ranges,
    {
      topic: 'device',
      thing,
      show: (census) => orNone(find(census)?.firmware.count ?? 0),
    },
  ]
}

/** All devices of a firmware as one. */
const rowOfAll = (driver: string, thing: string): Row => ({
  topic: 'device',
  thing,
  show: ({ devices }) =>
    orNone(
      devices
        .filter((device) => device.driver === driver)
        .reduce((sum, { firmware }) => sum + firmware.count, 0),
    ),
})

const deviceRows = ({ devices }: Census): readonly Row[] =>
  DIALECTS.flatMap(({ driver, census }) => {
    const own = devices.filter((device) => device.driver === driver)
    if (own.length === 0) return []
    return census.shown === 'together'
      ? [rowOfAll(driver, census.thing)]
      : own.flatMap(({ name }) => rowsOfDevice(name, census))
  })

/** Whether a report has no line for this device alone. */
const isShownWithOthers = ({ driver }: DeviceCensus): boolean =>
  DIALECTS.some((dialect) => dialect.driver === driver && dialect.census.shown === 'together')

const FIRMWARE_MAP: Row = {
  topic: 'memmap',
  thing: '/sys/firmware/memmap/X',
  show: ({ firmwareMap }) =>
    lines(
      firmwareMap.map(({ index, start, end, type }) => `${index}: ${range(start, end)} ${type}`),
    ),
}

const IOMEM: Row = {
  topic: 'iomem',
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
      blocks.length === 0 ? NONE : `memory${formatNumberList(blocks.map(({ id }) => id))}`,
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

/** `1 PUD, 2 PMD`: how many tables of each level there are. */
function tablesText(levels: readonly LevelCensus[], count: (level: LevelCensus) => number): string {
  const found = levels.filter((level) => count(level) > 0)
  return found.map((level) => `${grouped(count(level))} ${level.level}`).join(', ') || NONE
}

/** `256 PMD of 2 MiB (1 shared)`: how many leaves of each size there are. */
function leavesText(levels: readonly LevelCensus[]): string {
  const texts = levels.flatMap(({ level, leaves }) =>
    leaves.map(({ leafBytes, count, shared }) => {
      const note = shared === 0 ? '' : ` (${shared} shared)`
      return `${grouped(count)} ${level} of ${formatSize(leafBytes)}${note}`
    }),
  )
  return texts.join(', ') || NONE
}

/** Leaves and tables by level. Tables that map other memory too, or that never go, are named apart. */
function tableRows({ tables }: Census): readonly Row[] {
  if (tables === null) return []
  return REGIONS.flatMap(([region, name]): readonly Row[] => {
    const row = (what: string, show: (levels: readonly LevelCensus[]) => string): Row => ({
      topic: 'tables',
      thing: `${name}, ${what}`,
      show: (census) => show(census.tables?.[region] ?? []),
    })
    return [
      row('leaves', leavesText),
      row('own tables', (levels) => tablesText(levels, ({ ownTables }) => ownTables)),
      row('shared tables', (levels) =>
        tablesText(levels, ({ tables: all, ownTables }) => all - ownTables),
      ),
    ]
  })
}

/** What the entries of a hash page table map, and how many of them. */
function entryRows({ entries }: Census): readonly Row[] {
  if (entries === null) return []
  return REGIONS.map(([region, name]) => ({
    topic: 'tables',
    thing: `${name}, hash entries`,
    show: (census) => {
      const { entries: count = 0, pageBytes = 0, staying = 0 } = census.entries?.[region] ?? {}
      if (count === 0) return NONE
      return `${grouped(count)} of ${formatSize(pageBytes)}${staying === 0 ? '' : ` (${staying} shared)`}`
    },
  }))
}

const backingRow = (pageBytes: number): Row => ({
  topic: 'tables',
  thing: 'pages of struct pages',
  show: ({ tables, entries }) => {
    const backing = (tables ?? entries)?.backing
    const pages = backing === undefined ? 0 : backing.allocated + backing.selfHosted
    return pages === 0 ? NONE : `${grouped(pages)} (${formatSize(pages * pageBytes)})`
  },
})

function nodeRows(before: Census): readonly Row[] {
  return before.nodes.map(({ id }) => ({
    topic: 'node',
    thing: `…/system/node/node${id}`,
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
    ...(before.firmwareMap.length === 0 && before.devices.every(isShownWithOthers)
      ? []
      : [FIRMWARE_MAP]),
    IOMEM,
    ...SECTIONS,
    ...tableRows(before),
    ...entryRows(before),
    ...(before.tables === null && before.entries === null ? [] : [backingRow(plan.pageBytes)]),
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
  const columns = ['', '', '', 'BEFORE', 'AFTER'].map((heading, index) =>
    index < 2 ? { heading } : ({ heading, wraps: true } as const),
  )
  return section('What was kept for it', sectionTable(columns, cells, style), style)
}
