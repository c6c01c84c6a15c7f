import { allocatorPages } from '@memhp/core/inspect'
import type { ArchAnswer, MappingChange, RegionChange } from '@memhp/core/plugin'
import { joined } from '../report/page-style'
import { formatSize } from '../text/size'
import type { GalleryEntry } from './gallery'
import type { ArchFacts, KernelAnswer } from './survey'

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

/** The row of a kind in `COLUMNS`. */
export function rowOf(facts: ArchFacts): readonly string[] {
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

/** What is told of each kind of an architecture. */
export const COLUMNS = [
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

/** Of a refused description what its kernel `has`, not what would be right for its author. */
const ABSENT = /^kernel: \S+ has (.*?) Take .*$/

const kernelsHave = (kernels: readonly string[], what: string): string =>
  `${joined(kernels)} ${kernels.length === 1 ? 'has' : 'have'} ${what}`

/** Why a kernel does not do it, each sentence once with the kernels that it holds for. */
export function reasons(facts: readonly ArchFacts[]): readonly string[] {
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

/** What is told of the same memory, removed on each. */
export const REMOVAL_COLUMNS = [
  { heading: 'ARCH' },
  { heading: 'KIND', wraps: true },
  { heading: 'KERNEL' },
  { heading: 'REMOVED', align: 'right' },
  { heading: 'DIRECT MAP FREED', wraps: true },
  { heading: 'MEMMAP FREED', wraps: true },
  { heading: 'PAGES BACK', align: 'right' },
  { heading: 'LEFT', align: 'right' },
] as const

/** The row of a removal in `REMOVAL_COLUMNS`. */
export const removalRow = ({
  arch,
  kind,
  kernel,
  bytes,
  change,
}: GalleryEntry): readonly string[] => [
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
]
