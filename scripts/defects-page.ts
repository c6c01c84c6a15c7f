import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DEFECT_SWITCHES } from '../packages/core/src/generation/defects'
import { DEFECTS } from './defect-table'
import { ROOT } from './workspace'

const switches: Readonly<Record<string, { readonly kernels: readonly string[] } | undefined>> =
  DEFECT_SWITCHES

/** Where the harm and the cure are shown: a scenario, else the tests of all. */
function shownBy(id: string): string {
  if (switches[id] === undefined) return '-'
  return existsSync(join(ROOT, `scenarios/defects/${id}.yaml`))
    ? `[scenario](../scenarios/defects/${id}.yaml)`
    : '[test](../packages/conformance/tests/defects.test.ts)'
}

function rows(): string {
  const lines = DEFECTS.map(({ id, what, where, harm, cure, model }) => {
    const kernels = switches[id]?.kernels.map((name) => `\`${name}\``).join(', ') ?? 'no'
    return `| ${[id, what, where, harm, cure, kernels, model, shownBy(id)].join(' | ')} |`
  })
  return lines.join('\n')
}

/** The text of docs/defects.md. */
export const defectsPage = (): string => `# Defects of the series of 2012

What its review and later kernels found wrong in it, and two defects of the kernels that took it in. Each is a change of the rules of a
generation (docs/generations.md, \`mended\`), off unless it is asked for: by \`--defect D6\` of \`memhp run\` and \`memhp shell\`,
by \`defects: [D6]\` in a machine of a scenario, or by the same key of a machine's description. It is refused for a kernel that it does not
belong to.

A scenario of a defect holds both: what the harm is, and under \`cured\` what is expected without it. \`memhp run --cured
scenarios/defects\` runs all without. Where the real kernel would stop, the model refuses with \`KERNEL_STOPS\`, and nothing has changed.

Written by \`pnpm docs:defects\` from \`packages/core/src/generation\`.

| id | what | where | harm | cure | switch for | in the model | shown by |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows()}
`
