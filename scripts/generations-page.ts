import { GENERATIONS } from '../packages/core/src/generation/series-2012'
import { transactionSteps } from '../packages/core/src/hotplug/transaction-steps'
import { wordsOf } from '../packages/core/src/kernel-log/say-in-words'
import type { Generation } from '../packages/core/src/model/generation'
import type { LogOccasion } from '../packages/core/src/model/kernel-log'
import { ruleKeys } from './generation-rules'

/** The value of a rule of a generation. @param path `sysfs.stateMatch` */
export const ruleOf = ({ rules }: Generation, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>>)[key], rules)

const names = (): string => GENERATIONS.map(({ name }) => name).join(' | ')
const dashes = (count: number): string => ' --- |'.repeat(count)

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ') || 'none'
  if (typeof value !== 'object' || value === null) return String(value).replaceAll('|', '\\|')
  return Object.entries(value)
    .map(([key, part]) => `${key} ${valueText(part)}`)
    .join(', ')
}

const cells = (values: readonly unknown[]): string => values.map(valueText).join(' | ')

function generationRows(): string {
  const rows = GENERATIONS.map(({ name, source, kernels, dropped }) => {
    const release = kernels.is === null ? 'no release' : kernels.is.join('.')
    const from = [kernels.from, ...(kernels.also ?? [])].map((each) => each.join('.')).join(', ')
    return `| \`${name}\` | ${source} | ${release} | ${from} | ${dropped.join(', ') || 'none'} |`
  })
  return rows.join('\n')
}

function ruleRows(): string {
  const ofGenerations = ruleKeys().filter(({ group }) => group !== 'mended')
  const rows = ofGenerations.map(({ group, key, text }) => {
    const path = `${group}.${key}`
    return `| \`${path}\` | ${text} | ${cells(GENERATIONS.map((each) => ruleOf(each, path)))} |`
  })
  return rows.join('\n')
}

function configRows(): string {
  const options = Object.keys(GENERATIONS[0]?.config.common ?? {})
  const rows = options.map((option) => {
    const values = GENERATIONS.map(({ config }) => {
      const settingIn = (known: object): unknown => (known as Record<string, unknown>)[option]
      const special = Object.entries(config.byArch)
        .filter(([, known]) => Object.hasOwn(known, option))
        .map(([arch, known]) => `${arch} ${String(settingIn(known))}`)
      const common = settingIn(config.common) ?? 'no such option'
      return [common, ...special].join('; ')
    })
    return `| \`${option}\` | ${cells(values)} |`
  })
  return rows.join('\n')
}

/** What each generation says in its log, by occasion. */
function logRows(): string {
  const said = new Set(GENERATIONS.flatMap((each) => Object.keys(wordsOf(each))))
  const occasions = [...said] as LogOccasion[]
  return occasions
    .map((occasion) => {
      const words = GENERATIONS.map((each) => {
        const words = wordsOf(each)[occasion]
        if (words === undefined) return ''
        return `${words.level}: \`${words.text.trimStart().replaceAll('\n', ' ⏎ ')}\``
      })
      return `| \`${occasion}\` | ${words.join(' | ')} |`
    })
    .join('\n')
}

/** Steps of all generations side by side: those that may refuse, then a line for the point of no return. */
function stepLists(): string {
  const all = GENERATIONS.map((generation) => transactionSteps(generation))
  return (['add', 'online', 'offline', 'remove'] as const)
    .map((transaction) => {
      const columns = all.map((steps) => {
        const { mayRefuse, certain } = steps[transaction]
        return [...mayRefuse, '**no return**', ...certain].join('<br>')
      })
      return `| ${transaction} | ${columns.join(' | ')} |`
    })
    .join('\n')
}

/** The text of docs/generations.md. */
export function generationsPage(): string {
  const count = GENERATIONS.length
  return `# Generations

A generation is a rule book: data that transactions, files and drivers consult. No code asks for the name of a generation. A
machine's description names one (\`kernel: 'v6.12'\`); without a name it is \`v6.1\`. The twin of a capture and the machine
of a recording take that of their kernel's release, or of the nearest one below it. A stable release may change a rule: device
checks of refused memory are a success since 6.1.83, and a failure before (stable series from 4.19 on changed in March 2024, too).

Written by \`pnpm docs:generations\` from \`packages/core/src/generation\` and \`packages/core/src/hotplug\`.

| name | what it describes | release | nearest for kernels from | architectures dropped by then |
| --- | --- | --- | --- | --- |
${generationRows()}

## Rules

Each is read by some source, and in each at least two generations differ (\`tests/generations.test.ts\`). Beside them stands
\`mended\`: what the series of 2012 got wrong, alike in all generations unless a machine has a defect (docs/defects.md).

| rule | what it says | ${names()} |
| --- | --- |${dashes(count)}
${ruleRows()}

## Configuration

How kernels are configured where a description says nothing else under \`config\`; where an architecture differs, after a semicolon.

| option | ${names()} |
| --- |${dashes(count)}
${configRows()}

## Kernel log

What a generation says, by occasion; nothing where a cell is empty. Words of 3.10 are compared with recordings line by line
(\`packages/conformance/src/replay/compare-log.ts\` names what is left out); those of 6.1 were not recorded.

| occasion | ${names()} |
| --- |${dashes(count)}
${logRows()}

## Steps

What a generation does in each transaction, in order: \`transactionSteps(generation)\` of \`@memhp/core/inspect\`. Up to the point
of no return a step may refuse, and what came before it is undone. \`part: …\` is done for each part of the range.

| transaction | ${names()} |
| --- |${dashes(count)}
${stepLists()}
`
}
