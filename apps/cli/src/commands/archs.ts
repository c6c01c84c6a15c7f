import { GENERATIONS } from '@memhp/core'
import { allocatorPages } from '@memhp/core/inspect'
import type { ArchAnswer, MappingChange, RegionChange } from '@memhp/core/plugin'
import type { Command } from 'commander'
import { type GalleryEntry, gallery } from '../archs/gallery'
import { type ArchFacts, type KernelAnswer, surveyArchs } from '../archs/survey'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { type Column, renderTable } from '../output/table'
import { widthOf, wrapText } from '../output/wrap'
import { joined } from '../report/page-style'
import { loadPlugins } from '../source/plugins'
import { formatSize } from '../text/size'

interface ArchsFlags {
  readonly removal?: true
  readonly json?: true
}

const JSON_VERSION = 1

const sizes = (bytes: readonly number[]): string => bytes.map(formatSize).join(' ')

const DIRECT_MAP: Readonly<Record<string, string>> = {
  radix: '',
  hash: 'hash table',
  fixed: 'no tables',
  none: 'none',
}

const MEMMAP: Readonly<Record<string, string>> = {
  vmemmap: 'vmemmap',
  virtual: 'virtual array of boot',
  perSection: 'pages per section',
  flat: 'array of boot',
}

const isAllowed = (answer: ArchAnswer | null): boolean => answer?.kind === 'allowed'

/** Which kernels do it: `all`, `none`, `to v6.1`, `from v6.12`, or their names; kernels are given oldest first. */
function kernelsText(
  kernels: readonly KernelAnswer[],
  does: (each: KernelAnswer) => boolean,
): string {
  const doing = kernels.filter(does).map(({ kernel }) => kernel)
  if (doing.length === 0) return 'none'
  if (doing.length === kernels.length) return 'all'
  const first = kernels.findIndex(does)
  if (kernels.slice(first, first + doing.length).every(does)) {
    if (first === 0) return `to ${doing.at(-1)}`
    if (first + doing.length === kernels.length) return `from ${doing[0]}`
  }
  return doing.join(' ')
}

function checkedAgainst({ recordings, guests }: ArchFacts): string {
  const kernels = Object.keys(recordings)
  return [
    ...(guests.length > 0 ? ['guests'] : []),
    ...(kernels.length > 0 ? [`recordings of ${kernels.join(' ')}`] : []),
    'specification',
  ].join(', ')
}

function rowOf(facts: ArchFacts): readonly string[] {
  const { kernels, directMap, memmap } = facts
  return [
    facts.arch,
    facts.kind || '-',
    facts.levels.join(' ') || '-',
    formatSize(facts.pageBytes),
    [DIRECT_MAP[directMap.kind], sizes(directMap.leaves)].filter(Boolean).join(' ') || '-',
    [MEMMAP[memmap.kind], sizes(memmap.leaves)].filter(Boolean).join(' '),
    formatSize(facts.sectionBytes),
    formatSize(facts.blockBytes),
    `${facts.physicalAddressBits}`,
    kernelsText(kernels, ({ add }) => isAllowed(add)),
    kernelsText(kernels, ({ remove }) => isAllowed(remove)),
    checkedAgainst(facts),
  ]
}

const COLUMNS = [
  { heading: 'ARCH' },
  { heading: 'KIND', wraps: true },
  { heading: 'LEVELS', wraps: true },
  { heading: 'PAGE', align: 'right' },
  { heading: 'DIRECT MAP', wraps: true },
  { heading: 'MEMMAP', wraps: true },
  { heading: 'SECTION', align: 'right' },
  { heading: 'BLOCK', align: 'right' },
  { heading: 'BITS', align: 'right' },
  { heading: 'ADDS', wraps: true },
  { heading: 'REMOVES', wraps: true },
  { heading: 'CHECKED AGAINST', wraps: true },
] as const

/** Columns that say which kind a row is about, and the first of those that say what kernels do with it. */
const KEYS = 2
const ADDS = COLUMNS.findIndex(({ heading }) => heading === 'ADDS')

/** One table, or on a narrow terminal two: how memory is mapped, and which kernels add and remove it. */
function renderFacts(rows: readonly (readonly string[])[], width: number | undefined): string {
  const table = renderTable(COLUMNS, rows, width)
  if (width === undefined || Math.max(...table.split('\n').map(widthOf)) <= width) return table
  const second = [...COLUMNS.keys()].filter((at) => at < KEYS || at >= ADDS)
  const chosen = <Item>(items: readonly Item[]): readonly Item[] =>
    second.flatMap((at) => items[at] ?? [])
  return [
    renderTable(COLUMNS.slice(0, ADDS), rows, width),
    renderTable(chosen<Column>(COLUMNS), rows.map(chosen), width),
  ].join('\n')
}

/** Of a refused description what its kernel `has`, not what would be right for its author. */
const ABSENT = /^kernel: \S+ has (.*?) Take .*$/

const kernelsHave = (kernels: readonly string[], what: string): string =>
  `${joined(kernels)} ${kernels.length === 1 ? 'has' : 'have'} ${what}`

/** Why a kernel does not do it, each sentence once with the kernels that it holds for. */
function reasons(facts: readonly ArchFacts[]): readonly string[] {
  const lacking = new Map<string, Set<string>>()
  const refusing = new Map<string, Set<string>>()
  const note = (found: Map<string, Set<string>>, text: string, kernel: string): void => {
    found.set(text, (found.get(text) ?? new Set()).add(kernel))
  }
  for (const { arch, kernels } of facts) {
    for (const { kernel, absent, add, remove, keepsMemmap } of kernels) {
      if (absent !== null) note(lacking, absent.replace(ABSENT, '$1'), kernel)
      for (const [what, answer] of [
        ['add', add],
        ['remove', remove],
      ] as const)
        if (answer !== null && answer.kind !== 'allowed')
          note(
            refusing,
            `${arch} cannot ${what} memory (${answer.errno}): ${answer.reason}`,
            kernel,
          )
      if (keepsMemmap && isAllowed(remove))
        note(refusing, `${arch} never frees the struct pages of memory that it removes.`, kernel)
    }
  }
  return [
    ...[...lacking].map(([what, kernels]) => kernelsHave([...kernels], what)),
    ...[...refusing].map(([text, kernels]) => `${text} [${[...kernels].join(' ')}]`),
  ]
}

/** What the names of kernels stand for. */
const kernelTable = (width: number | undefined): string =>
  renderTable(
    [{ heading: 'KERNEL' }, { heading: 'WHICH IS', wraps: true }],
    GENERATIONS.map(({ name, source }) => [name, source]),
    width,
  )

const countsOf = (region: RegionChange): string =>
  [
    ...region.leaves.map(({ leafBytes, count }) => `${count} x ${formatSize(leafBytes)}`),
    ...region.tables.map(({ level, count }) => `${count} ${level}`),
  ].join(', ') || '-'

/** Struct pages by the leaves that mapped them, or by their pages where none did. */
function memmapText({ memmap }: MappingChange): string {
  const pages = memmap.framePages.allocator
  return memmap.leaves.length === 0 && pages > 0 ? `${pages} pages` : countsOf(memmap)
}

const leftOf = ({ direct, memmap }: MappingChange): string =>
  String([...direct.left, ...memmap.left].reduce((sum, { count }) => sum + count, 0))

const REMOVAL_COLUMNS = [
  { heading: 'ARCH' },
  { heading: 'KIND', wraps: true },
  { heading: 'KERNEL' },
  { heading: 'REMOVED', align: 'right' },
  { heading: 'DIRECT MAP FREED', wraps: true },
  { heading: 'MEMMAP FREED', wraps: true },
  { heading: 'PAGES BACK', align: 'right' },
  { heading: 'LEFT', align: 'right' },
] as const

/** Lines below a table, no wider than the terminal. */
function printNotes(notes: readonly string[], { print, columns }: CliContext): void {
  if (notes.length === 0) return
  const lines = columns === undefined ? notes : notes.flatMap((note) => wrapText(note, columns))
  print(`\n${lines.join('\n')}\n`)
}

/** The same memory removed on all of them, side by side. */
function tellRemoval(
  entries: readonly GalleryEntry[],
  flags: ArchsFlags,
  context: CliContext,
): void {
  if (flags.json) {
    context.print(`${JSON.stringify({ version: JSON_VERSION, removals: entries }, null, 2)}\n`)
    return
  }
  const rows = entries.map(({ arch, kind, kernel, bytes, change }) => [
    arch,
    kind || '-',
    kernel,
    bytes === 0 ? 'none' : formatSize(bytes),
    ...(change === null
      ? ['-', '-', '-', '-']
      : [
          countsOf(change.direct),
          memmapText(change),
          String(allocatorPages(change)),
          leftOf(change),
        ]),
  ])
  context.print(renderTable(REMOVAL_COLUMNS, rows, context.columns))
  const refusals = new Set(entries.flatMap(({ refusal }) => refusal ?? []))
  printNotes([...refusals], context)
}

async function archs(
  flags: ArchsFlags,
  names: readonly string[],
  context: CliContext,
): Promise<void> {
  const { archs: plugins } = await loadPlugins()
  const unknown = names.find((name) => !plugins.some((arch) => arch.name === name))
  if (unknown !== undefined)
    throw new CliError(`there is no architecture ${unknown}`, {
      remedy: `one of ${plugins.map(({ name }) => name).join(', ')}`,
    })
  const wanted = names.length === 0 ? plugins : plugins.filter(({ name }) => names.includes(name))
  if (flags.removal) {
    tellRemoval(gallery(wanted), flags, context)
    return
  }
  const facts = surveyArchs(wanted)
  if (flags.json) {
    context.print(`${JSON.stringify({ version: JSON_VERSION, archs: facts }, null, 2)}\n`)
    return
  }
  context.print(renderFacts(facts.map(rowOf), context.columns))
  printNotes(reasons(facts), context)
  context.print(`\n${kernelTable(context.columns)}`)
}

const HELP = `
KIND is a variant of the architecture's machines or kernels, which maps memory in its own way. Sizes of the direct map and
the memmap are those of their leaves, largest first; BITS are those of a physical address. ADDS and REMOVES say which kernels
add memory while they run, and give it back: below the table stands why others do not, and which kernels there are, oldest
first. CHECKED AGAINST says what the model of that kind was held against: kernels that run in a guest, recordings of real
kernels, or the specification alone, as are kernels of which no recordings are named.

--removal adds a GiB, or a memory block where that is larger, or as much as the architecture has addresses for beside its
boot memory, and removes it again on the newest kernel that can. PAGES BACK is what /proc/zoneinfo gains by the removal.

Examples:
  memhp archs                 every kind of every architecture
  memhp archs --removal       memory added and removed again on each: what was freed, level by level
  memhp archs ia64 sh         some of them
  memhp archs --json          the same for programs: answer and reason of each kernel
`

/** `memhp archs`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .argument('[arch...]', 'architectures; default all')
    .option('--removal', 'add memory and remove it again: what is freed, level by level')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (names: readonly string[], flags: ArchsFlags) => {
      await archs(flags, names, context())
    })
}
