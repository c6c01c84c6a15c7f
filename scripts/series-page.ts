import { MUTANTS } from '../mutants/list'
import { listInvariants } from '../packages/invariants/src/check-invariants'
import type { InvariantEntry } from '../packages/invariants/src/invariant-entry'
import { type NamedTest, titlesNaming } from './invariants-page'
import { PATCHES, type Patch, RECORDED, WITHOUT_MUTANT } from './series'

/** How the tests of a title ended. */
export type ResultOf = (test: NamedTest) => 'pass' | 'FAIL'

/** Worked examples and error vectors of section 8 of the specification. */
export const VECTORS: readonly string[] = [
  ...[1, 2, 3, 4].map((number) => `8.${number}`),
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((number) => `8.5.${number}`),
]

const shortFile = (file: string): string =>
  file.replace(/^packages\/([\w-]+)\/(?:tests|src)\//, '$1/').replace(/\.test\.ts$/, '')

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** Tests that carry out random operations and check every invariant after each. */
const ALWAYS = 'each step of scenarios, simulations and recordings'

function testCells(tests: readonly NamedTest[], resultOf: ResultOf): string {
  const shown = tests.map(({ file, title }) => `\`${shortFile(file)}\`: ${cell(title)}`)
  const failed = tests.filter((test) => resultOf(test) === 'FAIL')
  return `${shown.join('<br>')} | ${failed.length === 0 ? 'pass' : 'FAIL'}`
}

function invariantRow(entry: InvariantEntry, resultOf: ResultOf): string {
  const { id, text } = entry
  const name = id.replace('2012/', '')
  if (entry.kind === 'not-applicable') return `| ${name} | ${text} | ${entry.reason} | none here |`
  const tests = titlesNaming(id)
  if (tests.length === 0) return `| ${name} | ${text} | ${ALWAYS} | pass |`
  return `| ${name} | ${text} | ${testCells(tests, resultOf)} |`
}

const HEAD = '| | what holds | exercised by | result |\n| --- | --- | --- | --- |'

const table = (pattern: RegExp, resultOf: ResultOf): string =>
  [
    HEAD,
    ...listInvariants()
      .filter(({ id }) => pattern.test(id))
      .map((entry) => invariantRow(entry, resultOf)),
  ].join('\n')

function mutantsOf({ number }: Patch): string {
  const lines = MUTANTS.filter(({ patches }) => patches?.includes(number)).map(
    ({ id, fault, tests }) => `\`${id}\`: ${fault} (${tests.join(', ')})`,
  )
  return lines.length > 0 ? lines.join('<br>') : (WITHOUT_MUTANT[number] ?? '')
}

function patchSection(patch: Patch, resultOf: ResultOf): string {
  const digits = String(patch.number).padStart(2, '0')
  return `### ${digits}: ${patch.subject}

Merged: ${patch.merged}. In the model: ${patch.model}.

${table(new RegExp(`^2012/I-${digits}\\.`), resultOf)}

Mutants: ${mutantsOf(patch)}
`
}

const vectorRows = (resultOf: ResultOf): string =>
  VECTORS.map((vector) => {
    const tests = titlesNaming(`vector ${vector}`)
    return `| ${vector} | ${testCells(tests, resultOf)} |`
  }).join('\n')

const recordedRows = (): string =>
  RECORDED.map(({ id, seen, inRfc9 }) => `| ${id} | ${seen} | ${inRfc9} |`).join('\n')

/** The text of docs/series.md. */
export function seriesPage(resultOf: ResultOf): string {
  return `# The hot-remove series of 2012

\`[RFC v9 PATCH 00/21] memory-hotplug: hot-remove physical memory\`, patch by patch: what it promises, the tests that hold the
model to it, how they ended, and a mutant that they catch. The generation \`rfc9\` is the series as it was mailed, without its
known defects, which are switches ([defects.md](defects.md)); \`v3.10\` is what Linux 3.9 made of it, and agrees with recordings of 3.10.108, log lines
included. [generations.md](generations.md) has their rules side by side.

Numbers are those of the specification: \`I-08.2\` is the second invariant of patch 08. Written by \`pnpm docs:series\`, which runs
the tests it names; \`tests/series.test.ts\` fails where the page is stale.

## Patches

${PATCHES.map((patch) => patchSection(patch, resultOf)).join('\n')}
## Of all patches together

${table(/^2012\/(?:[A-Z])-/, resultOf).replaceAll(/\n\| I-.*/g, '')}

## Worked examples and error vectors

| vector | test | result |
| --- | --- | --- |
${vectorRows(resultOf)}

## What the recordings of 3.10 mean for \`rfc9\`

A real kernel shows what the series is silent about. Where the code in question is the same in Linux 3.6, \`rfc9\` does as it does.

| | seen in 3.10 | in \`rfc9\` |
| --- | --- | --- |
${recordedRows()}
`
}
