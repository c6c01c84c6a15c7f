import { type Command, Option } from 'commander'
import { CliError } from '../errors'
import { columnsOf, defaultColumns, type NamedColumn, parseColumns } from './column'
import type { LsmemWish } from './list-as-lsmem'
import { LSMEM_VERSIONS, type LsmemVersion, NEWEST } from './version'

/** The flags of `addLsmemOptions`, and `--json`, which is the command's. */
export interface LsmemFlags {
  readonly like?: keyof typeof LSMEM_VERSIONS
  readonly json?: true
  readonly pairs?: true
  readonly raw?: true
  readonly all?: true
  readonly bytes?: true
  /** False with `--noheadings`. */
  readonly noheadings?: true
  readonly output?: string
  readonly outputAll?: true
  readonly split?: string
  readonly summary?: string | true
}

const WHENS = ['never', 'always', 'only'] as const

/** Adds lsmem's flags. @returns what the order in which flags were given comes to */
export function addLsmemOptions(command: Command): () => Shown {
  const group = 'As lsmem:'
  const options = [
    new Option('--like <version>', 'print what lsmem of this util-linux prints').choices(
      Object.keys(LSMEM_VERSIONS),
    ),
    new Option('-o, --output <list>', 'columns, as RANGE,NODE; +ZONES adds to those without it'),
    new Option('--output-all', 'all columns'),
    new Option('-a, --all', 'one memory block a line'),
    new Option('-S, --split <list>', 'columns that the blocks of a range share; none: any do'),
    new Option('-b, --bytes', 'sizes as numbers of bytes'),
    new Option('-r, --raw', 'cells one blank apart, for scripts'),
    new Option('-P, --pairs', 'cells as NAME="text"'),
    new Option('-n, --noheadings', 'no headings'),
    new Option('--summary [when]', 'sums: never, always, or only those').choices(WHENS),
  ]
  for (const option of options) command.addOption(option.helpGroup(group))
  return watchOrder(command)
}

/** Whether a table and sums are shown. */
interface Shown {
  table: boolean
  summary: boolean
}

/** Formats for scripts leave out the sums, and what comes later on the command line wins, as in lsmem. */
function watchOrder(command: Command): () => Shown {
  const shown: Shown = { table: true, summary: true }
  for (const name of ['json', 'raw', 'pairs'])
    command.on(`option:${name}`, () => {
      shown.summary = false
    })
  command.on('option:summary', (when: string | null | undefined) => {
    if (when === 'never') shown.summary = false
    else if (when === 'always') shown.summary = true
    else shown.table = false
  })
  return () => shown
}

function refuseTogether(flags: LsmemFlags, names: readonly (keyof LsmemFlags)[]): void {
  const given = names.filter((name) => flags[name] !== undefined)
  if (given.length < 2) return
  throw new CliError(`${given.map((name) => `--${name}`).join(' and ')} exclude each other`)
}

/** Whether any of lsmem's own flags is given. */
export const speaksLsmem = ({ json: _, ...flags }: LsmemFlags): boolean =>
  LSMEM_FLAGS.some((name) => flags[name] !== undefined)

const LSMEM_FLAGS = [
  'like',
  'pairs',
  'raw',
  'all',
  'bytes',
  'noheadings',
  'output',
  'outputAll',
  'split',
  'summary',
] as const

function layoutOf({ json, raw, pairs }: LsmemFlags): LsmemWish['layout'] {
  if (json) return 'json'
  return raw ? 'raw' : pairs ? 'pairs' : 'table'
}

function splitOf(
  { all, split }: LsmemFlags,
  { known, columns }: Readonly<Record<'known' | 'columns', readonly NamedColumn[]>>,
): LsmemWish['split'] {
  if (all) return 'blocks'
  if (split === undefined) return columns
  return split.toLowerCase() === 'none' ? [] : parseColumns(split, known)
}

/**
 * Makes of flags what is to be listed.
 * @throws CliError for a column that there is not, and flags that exclude each other
 */
export function lsmemWish(flags: LsmemFlags, shown: Shown): LsmemWish {
  refuseTogether(flags, ['json', 'pairs', 'raw'])
  refuseTogether(flags, ['all', 'split'])
  if (!shown.table && !shown.summary)
    throw new CliError('--json, --raw and --pairs leave out the sums that --summary asks for alone')
  const { like, output, outputAll } = flags
  const version: LsmemVersion = like === undefined ? NEWEST : LSMEM_VERSIONS[like]
  const known = columnsOf(version, { more: like === undefined })
  const before = outputAll ? known : defaultColumns(known)
  const columns = output === undefined ? before : parseColumns(output, known, before)
  return {
    version,
    columns,
    split: splitOf(flags, { known, columns }),
    layout: layoutOf(flags),
    bytes: flags.bytes === true,
    headings: flags.noheadings !== true,
    ...shown,
  }
}
