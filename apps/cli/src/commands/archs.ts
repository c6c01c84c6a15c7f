import { GENERATIONS } from '@memhp/core'
import type { Command } from 'commander'
import { type GalleryEntry, gallery } from '../archs/gallery'
import { surveyArchs } from '../archs/survey'
import { COLUMNS, REMOVAL_COLUMNS, reasons, removalRow, rowOf } from '../archs/tables'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { type Column, renderTable } from '../output/table'
import { widthOf, wrapText } from '../output/wrap'
import { loadPlugins } from '../source/plugins'

interface ArchsFlags {
  readonly removal?: true
  readonly json?: true
}

const JSON_VERSION = 1

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

/** What the names of kernels stand for. */
const kernelTable = (width: number | undefined): string =>
  renderTable(
    [{ heading: 'KERNEL' }, { heading: 'WHICH IS', wraps: true }],
    GENERATIONS.map(({ name, source }) => [name, source]),
    width,
  )

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
  const rows = entries.map(removalRow)
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
