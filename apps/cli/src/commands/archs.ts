import { allocatorPages } from '@memhp/core/inspect'
import type { ArchAnswer, MappingChange, RegionChange } from '@memhp/core/plugin'
import type { Command } from 'commander'
import { type GalleryEntry, gallery } from '../archs/gallery'
import { type ArchFacts, type KernelAnswer, surveyArchs } from '../archs/survey'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { renderTable } from '../output/table'
import { plural } from '../report/page-style'
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

/** Names of kernels, or `all` of them. */
function namesOf(kernels: readonly KernelAnswer[], wanted: readonly KernelAnswer[]): string {
  if (wanted.length === kernels.length) return 'all'
  return wanted.length === 0 ? 'none' : wanted.map(({ kernel }) => kernel).join(' ')
}

const checkedAgainst = ({ recordings, guests }: ArchFacts): string =>
  [
    ...(guests.length > 0 ? ['live guests'] : []),
    ...(recordings.length > 0 ? ['recordings'] : []),
    'specification',
  ].join(', ')

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
    `2^${facts.physicalAddressBits}`,
    namesOf(
      kernels,
      kernels.filter(({ add }) => isAllowed(add)),
    ),
    namesOf(
      kernels,
      kernels.filter(({ remove }) => isAllowed(remove)),
    ),
    checkedAgainst(facts),
  ]
}

const COLUMNS = [
  { heading: 'ARCH' },
  { heading: 'KIND' },
  { heading: 'LEVELS' },
  { heading: 'PAGE', align: 'right' },
  { heading: 'DIRECT MAP' },
  { heading: 'MEMMAP' },
  { heading: 'SECTION', align: 'right' },
  { heading: 'BLOCK', align: 'right' },
  { heading: 'ADDRESSES', align: 'right' },
  { heading: 'ADDS' },
  { heading: 'REMOVES' },
  { heading: 'CHECKED AGAINST' },
] as const

/** Why a kernel does not do it, each sentence once with the kernels that it holds for. */
function reasons(facts: readonly ArchFacts[]): readonly string[] {
  const found = new Map<string, Set<string>>()
  const note = (text: string, kernel: string): void => {
    found.set(text, (found.get(text) ?? new Set()).add(kernel))
  }
  for (const { arch, kernels, memmap } of facts) {
    for (const { kernel, absent, add, remove } of kernels) {
      if (absent !== null) note(`${arch}: ${reasonOf(absent)}`, kernel)
      for (const [what, answer] of [
        ['add', add],
        ['remove', remove],
      ] as const)
        if (answer !== null && answer.kind !== 'allowed')
          note(`${arch} cannot ${what} memory (${answer.errno}): ${answer.reason}`, kernel)
      if (!memmap.freed && isAllowed(remove))
        note(`${arch} never frees the struct pages of memory that it removes.`, kernel)
    }
  }
  return [...found].map(([text, kernels]) => `${text} [${[...kernels].join(' ')}]`)
}

/** Of a refused description only what it says, not what would be right for its author. */
const reasonOf = (message: string): string =>
  message.replace(/^kernel: \S+ /, '').replace(/ Take .*$/, '')

const countsOf = (region: RegionChange): string =>
  [
    ...region.leaves.map(({ leafBytes, count }) => `${count} x ${formatSize(leafBytes)}`),
    ...region.tables.map(({ level, count }) => `${count} ${level}`),
  ].join(', ') || '-'

/** Struct pages by the leaves that mapped them, or by their pages where none did. */
function memmapText({ memmap }: MappingChange): string {
  const pages = memmap.framePages.allocator
  return memmap.leaves.length === 0 && pages > 0 ? plural(pages, 'page') : countsOf(memmap)
}

const leftOf = ({ direct, memmap }: MappingChange): string =>
  String(direct.left.length + memmap.left.length)

const REMOVAL_COLUMNS = [
  { heading: 'ARCH' },
  { heading: 'KIND' },
  { heading: 'KERNEL' },
  { heading: 'REMOVED', align: 'right' },
  { heading: 'DIRECT MAP FREED' },
  { heading: 'MEMMAP FREED' },
  { heading: 'PAGES BACK', align: 'right' },
  { heading: 'LEAVES LEFT', align: 'right' },
] as const

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
  context.print(renderTable(REMOVAL_COLUMNS, rows))
  const refusals = new Set(entries.flatMap(({ refusal }) => refusal ?? []))
  if (refusals.size > 0) context.print(`\n${[...refusals].join('\n')}\n`)
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
  context.print(renderTable(COLUMNS, facts.map(rowOf)))
  const lines = reasons(facts)
  if (lines.length > 0) context.print(`\n${lines.join('\n')}\n`)
}

const HELP = `
Sizes of the direct map and the memmap are those of their leaves, largest first. ADDS and REMOVES name the kernels that add
memory while they run, and that give it back; below the table stands why others do not. CHECKED AGAINST says what the model
was held against: kernels that run in a guest, recordings of real kernels, or the specification alone.

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
