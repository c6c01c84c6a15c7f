import { type Notice, SEEDS, STEPS, type Verdict } from '../mutants/verdict'

/** A mutant with what the ways to check notice of it. */
export interface JudgedMutant {
  readonly id: string
  readonly fault: string
  readonly verdict: Verdict
}

const shown = (notice: Notice | null): string =>
  notice === null ? 'no' : `seed ${notice.seed}, step ${notice.step}: ${notice.by}`

const row = ({ id, fault, verdict: { whole, written } }: JudgedMutant): string =>
  `| \`${id}\` | ${fault} | ${shown(whole)} | ${shown(written)} |`

/** docs/incremental-checks.md: which mutants a check of all notices, and which one of what was written. */
export function checksPage(judged: readonly JudgedMutant[]): string {
  const caught = judged.filter(({ verdict }) => verdict.whole !== null).length
  return `# Incremental checks

After each step of a simulation what the step wrote is checked, and all of the machine every 1,000 steps and at the end. What a check of
all notices, a check of what was written must notice, too. Here both are tried on mutants (\`mutants/\`) of the page layer, the mappings
and the transactions: seeds ${SEEDS[0]} to ${SEEDS.at(-1)} of x86_64, ${STEPS} steps each, up to the first seed that shows the mutant. A mutant that neither notices is one
that other tests catch: no invariant speaks of what it spoils, or so few steps do not draw it.

Written by \`pnpm docs:checks\`; \`tests/incremental-checks.test.ts\` holds the two columns together.

${caught} of ${judged.length} are noticed by a check of all.

| mutant | fault | all, after each step | what was written |
| --- | --- | --- | --- |
${judged.map(row).join('\n')}
`
}
