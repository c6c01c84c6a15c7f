import { CliError } from '../errors'
import type { LsmemVersion } from './version'

/** What a column needs to be read of each block. */
export type BlockFact = 'state' | 'removable' | 'node' | 'zones' | 'storage' | 'beyond'

/** A column of a listing, as lsmem has it. */
export interface LsmemColumn {
  readonly name: string
  readonly align: 'left' | 'right'
  /** Least width, where the cells are wider than the heading or as wide; see `LsmemVersion`. */
  readonly hint?: number
  readonly needs: readonly BlockFact[]
  /** How JSON has it; default a string. `bytes`: a number where sizes are bytes. */
  readonly json?: 'number' | 'boolean' | 'bytes'
}

/** Of lsmem 2.38, in the order of `--output-all`. */
const COLUMNS = [
  { name: 'RANGE', align: 'left', needs: [] },
  { name: 'SIZE', align: 'right', hint: 5, needs: [], json: 'bytes' },
  { name: 'STATE', align: 'right', needs: ['state'] },
  {
    name: 'REMOVABLE',
    align: 'right',
    needs: ['state', 'removable'],
    json: 'boolean',
  },
  { name: 'BLOCK', align: 'right', needs: [] },
  { name: 'NODE', align: 'right', needs: ['node'], json: 'number' },
  { name: 'ZONES', align: 'right', needs: ['zones'] },
] as const satisfies readonly LsmemColumn[]

/** What 2.42 adds, of machines with /sys/firmware/memory. */
const STORAGE_COLUMNS = [
  { name: 'CONFIGURED', align: 'right', needs: ['storage'] },
  { name: 'MEMMAP-ON-MEMORY', align: 'right', needs: ['storage'] },
] as const satisfies readonly LsmemColumn[]

/** What lsmem does not tell, and memhp does. */
const MORE_COLUMNS = [
  { name: 'DEVICE', align: 'left', needs: ['beyond'] },
  { name: 'HOLDS', align: 'left', needs: ['beyond'] },
  { name: 'EXPECTED', align: 'left', needs: ['beyond'] },
] as const satisfies readonly LsmemColumn[]

export type ColumnName =
  | (typeof COLUMNS)[number]['name']
  | (typeof STORAGE_COLUMNS)[number]['name']
  | (typeof MORE_COLUMNS)[number]['name']

/** A column, by one of the names that there are. */
export type NamedColumn = LsmemColumn & { readonly name: ColumnName }

export const isStorage = ({ needs }: LsmemColumn): boolean => needs.includes('storage')

/** Columns without `--output`. Source: lsmem(1) */
const DEFAULTS: readonly ColumnName[] = ['RANGE', 'SIZE', 'STATE', 'REMOVABLE', 'BLOCK']

/** The columns that a listing may have. @param more whether those that lsmem does not have are among them */
export function columnsOf(
  { hasStorage }: LsmemVersion,
  { more }: { readonly more: boolean },
): readonly NamedColumn[] {
  return [...COLUMNS, ...(hasStorage ? STORAGE_COLUMNS : []), ...(more ? MORE_COLUMNS : [])]
}

/**
 * Columns that a list names, in its order, in any case: `RANGE,NODE`; `+NODE` adds to those before.
 * @throws CliError that says which there are
 */
export function parseColumns(
  list: string,
  known: readonly NamedColumn[],
  before: readonly NamedColumn[] = [],
): readonly NamedColumn[] {
  const isMore = list.startsWith('+')
  const named = (isMore ? list.slice(1) : list).split(',').map((word) => {
    const column = known.find(({ name }) => name === word.toUpperCase())
    if (column !== undefined) return column
    throw new CliError(`unknown column: ${JSON.stringify(word)}`, {
      remedy: known.map(({ name }) => name).join(', '),
    })
  })
  return isMore ? [...before, ...named] : named
}

/** Columns where none are named. */
export const defaultColumns = (known: readonly NamedColumn[]): readonly NamedColumn[] =>
  known.filter(({ name }) => DEFAULTS.includes(name))
