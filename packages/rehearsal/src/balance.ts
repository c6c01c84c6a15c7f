import type { Plan } from '@memhp/planner'
import { DIALECTS } from '@memhp/platforms/dialects'
import type { Dialects } from '@memhp/topology'
import type { Census } from './census/census'
import type { LevelCensus } from './census/count-tables'

/** One of the six things that go with memory, or what happens to pages elsewhere. */
export type BalanceTopic =
  | 'device'
  | 'firmware-map'
  | 'iomem'
  | 'sections'
  | 'page-tables'
  | 'node'
  | 'pages'
  | 'elsewhere'

/** One line of the balance: a number that must come out as expected. */
export interface BalanceRow {
  readonly topic: BalanceTopic
  /** What is counted: `memory blocks`. */
  readonly what: string
  readonly before: number
  readonly after: number
  readonly expected: number
  readonly balanced: boolean
}

/** Whether everything came back that had been allocated for the memory, and nothing else changed. */
export interface Balance {
  readonly balanced: boolean
  readonly rows: readonly BalanceRow[]
}

interface Censuses {
  readonly before: Census
  readonly after: Census
}

type Counter = (census: Census) => number

/** What must be there afterwards: nothing, as much as before, or a number. */
type Rule = 'none' | 'same' | number

/** Makes rows from counters that must come out at the same number. */
function rowsOf(
  { before, after }: Censuses,
  topic: BalanceTopic,
  counters: readonly (readonly [string, Counter, rule: Rule])[],
): readonly BalanceRow[] {
  return counters.map(([what, counter, rule]) => {
    const was = counter(before)
    const is = counter(after)
    const expected = rule === 'none' ? 0 : rule === 'same' ? was : rule
    return { topic, what, before: was, after: is, expected, balanced: is === expected }
  })
}

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0)

/** Entries that the kernel takes away: those for exactly a range that goes. */
function exactEntries(plan: Plan): Counter {
  return ({ firmwareMap }) =>
    firmwareMap.filter(({ start, end }) =>
      plan.expected.goneRanges.some((range) => range.start === start && range.end === end + 1),
    ).length
}

function mappingRows(censuses: Censuses, rule: Rule): readonly BalanceRow[] {
  const regions = ['direct', 'vmemmap'] as const
  return regions.flatMap((region) => {
    const levels = censuses.before.tables?.[region] ?? []
    const name = region === 'direct' ? 'direct map' : 'vmemmap'
    const pick =
      (level: string, count: (level: LevelCensus) => number): Counter =>
      ({ tables }) =>
        sum(tables?.[region].filter((each) => each.level === level) ?? [], count)
    return levels.flatMap(({ level, leaves, ownTables }) => [
      ...leaves.flatMap(({ leafBytes, staying }) => {
        // A run of entries is told apart by its size: the level may have both.
        const isRun = leaves.length > 1 && leafBytes === leaves[0]?.leafBytes
        const count = pick(level, (each) =>
          sum(each.leaves, (of) => (of.leafBytes === leafBytes ? of.count : 0)),
        )
        const what = `${name}, ${level} ${isRun ? 'runs' : 'leaves'}`
        return rowsOf(censuses, 'page-tables', [[what, count, rule === 'none' ? staying : rule]])
      }),
      ...(ownTables === 0
        ? []
        : rowsOf(censuses, 'page-tables', [
            [`${name}, ${level} own tables`, pick(level, (each) => each.ownTables), rule],
          ])),
    ])
  })
}

/** The entries of a hash page table. */
function entryRows(censuses: Censuses, rule: Rule): readonly BalanceRow[] {
  const { entries } = censuses.before
  if (entries === null) return []
  return rowsOf(
    censuses,
    'page-tables',
    (['direct', 'vmemmap'] as const).map((region) => [
      `${region === 'direct' ? 'direct map' : 'vmemmap'}, hash entries`,
      (census) => census.entries?.[region].entries ?? 0,
      rule === 'none' ? entries[region].staying : rule,
    ]),
  )
}

/** Pages of the page allocator that hold struct pages of the memory. */
const lentMemmapOf = ({ tables, entries }: Census): number =>
  (tables ?? entries)?.backing.allocated ?? 0

/** What firmware shows of devices, counted where there are devices of its kind. */
const firmwareCounters = (
  { devices }: Census,
  dialects: Dialects,
): readonly (readonly [string, Counter])[] =>
  dialects
    .filter(({ driver }) => devices.some((device) => device.driver === driver))
    .map((dialect) => [
      dialect.census.sum,
      (census) =>
        sum(census.devices, ({ driver, firmware }) =>
          driver === dialect.driver ? firmware.count : 0,
        ),
    ])

/** The six things. */
function goneRows(
  plan: Plan,
  censuses: Censuses,
  { rule, dialects }: { readonly rule: Rule; readonly dialects: Dialects },
): readonly BalanceRow[] {
  const node = (census: Census): number =>
    census.nodes.filter(({ id, online }) => online && plan.expected.goneNodes.some((n) => n === id))
      .length
  const links: Counter = ({ sections }) =>
    sections.linksToBlocks + sum(sections.blocks, (block) => block.links)
  return [
    ...rowsOf(censuses, 'device', [
      ['ranges of its devices', ({ devices }) => sum(devices, (d) => d.ranges.length), rule],
      ...firmwareCounters(censuses.before, dialects).map(
        ([what, counter]) => [what, counter, rule] as const,
      ),
    ]),
    ...rowsOf(censuses, 'firmware-map', [['own entries', exactEntries(plan), rule]]),
    ...rowsOf(censuses, 'iomem', [['lines', ({ iomem }) => iomem.length, rule]]),
    ...rowsOf(censuses, 'sections', [
      ['sections', ({ sections }) => sections.present, rule],
      ['memory blocks', ({ sections }) => sections.blocks.length, rule],
      ['files', ({ sections }) => sum(sections.blocks, (block) => block.files), rule],
      ['links', links, rule],
    ]),
    ...mappingRows(censuses, rule),
    ...entryRows(censuses, rule),
    ...(plan.expected.goneNodes.length === 0
      ? []
      : rowsOf(censuses, 'node', [['nodes that lose their last memory', node, rule]])),
  ]
}

/** Pages elsewhere: what was lent to the memory comes back, what it held moves in. */
function pageRows(censuses: Censuses): readonly BalanceRow[] {
  const { before, after } = censuses
  const lentTables = (before.tables?.allocatedPages ?? 0) - (after.tables?.allocatedPages ?? 0)
  const lentMemmap = lentMemmapOf(before) - lentMemmapOf(after)
  const moved = before.pages.inside.movable - after.pages.inside.movable
  const { elsewhere } = before.pages
  return rowsOf(censuses, 'pages', [
    ['pages of page tables', ({ pages }) => pages.elsewhere.tables, elsewhere.tables - lentTables],
    ['pages of struct pages', ({ pages }) => pages.elsewhere.memmap, elsewhere.memmap - lentMemmap],
    ['pages in use', ({ pages }) => pages.elsewhere.movable, elsewhere.movable + moved],
    [
      'free pages',
      ({ pages }) => pages.elsewhere.available,
      elsewhere.available + lentTables + lentMemmap - moved,
    ],
  ])
}

const remainderRows = (censuses: Censuses): readonly BalanceRow[] =>
  rowsOf(censuses, 'elsewhere', [
    ['sections', ({ remainder }) => remainder.sections, 'same'],
    ['entries of the firmware map', ({ remainder }) => remainder.firmwareMapEntries, 'same'],
    ['bytes of System RAM', ({ remainder }) => remainder.systemRamBytes, 'same'],
    ['bytes of the direct map', ({ remainder }) => remainder.directMapBytes ?? 0, 'same'],
    ['online nodes', ({ remainder }) => remainder.onlineNodes.length, 'same'],
    ['present pages of other nodes', ({ remainder }) => remainder.presentPages, 'same'],
    ['pages of the kernel', ({ pages }) => pages.elsewhere.kernel, 'same'],
  ])

/**
 * Draws the balance of a removal: what was allocated for the memory must be what came back, and all else must be as it
 * was. Where no device is ejected only pages are balanced: the rest stays with the memory. A run that was undone must
 * have left everything in place, though pages may have moved.
 * @param dialects with which the censuses were taken; default: of all firmware that @memhp/platforms lists
 */
export function balanceOf(
  plan: Plan,
  run: Censuses & { readonly ended: 'done' | 'undone' },
  dialects: Dialects = DIALECTS,
): Balance {
  const rule: Rule = run.ended === 'done' ? 'none' : 'same'
  const rows = [
    ...(plan.devices.length > 0 ? goneRows(plan, run, { rule, dialects }) : []),
    ...pageRows(run),
    ...remainderRows(run),
  ]
  return { balanced: rows.every(({ balanced }) => balanced), rows }
}
