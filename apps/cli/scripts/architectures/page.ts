// The page docs/architectures.md: what memhp archs prints.
import { GENERATIONS, type Plugins } from '@memhp/core'
import { gallery } from '../../src/archs/gallery'
import { surveyArchs } from '../../src/archs/survey'
import { COLUMNS, REMOVAL_COLUMNS, reasons, removalRow, rowOf } from '../../src/archs/tables'

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

const table = (
  columns: readonly { readonly heading: string }[],
  rows: readonly (readonly string[])[],
): string =>
  [
    line(columns.map(({ heading }) => heading.toLowerCase())),
    line(columns.map(() => '---')),
    ...rows.map(line),
  ].join('\n')

const list = (texts: readonly string[]): string => texts.map((text) => `- ${text}`).join('\n')

/** Every kind of every architecture: how it maps memory, which kernels add and remove it, and what its removal frees. */
export function architecturesPage(archs: Plugins['archs']): string {
  const facts = surveyArchs(archs)
  const removals = gallery(archs)
  const refusals = new Set(removals.flatMap(({ refusal }) => refusal ?? []))
  const parts = [
    '# Architectures',
    'Written by `pnpm docs:architectures`: do not edit. `memhp archs` prints the same, and says what its columns mean.',
    'How each kind of an architecture maps memory and its struct pages, which kernels add memory while they run and give it back, and what the model of it was held against. Kernels are named as descriptions name them, oldest first.',
    table(COLUMNS, facts.map(rowOf)),
    '## Why others do not',
    list(reasons(facts)),
    '## What a removal frees',
    'A GiB, or a memory block where that is larger, or as much as there are addresses for beside boot memory, added and removed again on the newest kernel that can.',
    table(REMOVAL_COLUMNS, removals.map(removalRow)),
    list([...refusals]),
    '## Kernels',
    table(
      [{ heading: 'kernel' }, { heading: 'which is' }],
      GENERATIONS.map(({ name, source }) => [name, source]),
    ),
  ]
  return `${parts.join('\n\n')}\n`
}
