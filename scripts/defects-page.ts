import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { GENERATIONS } from '../packages/core/src/generation/series-2012'
import { DEFECTS } from './defect-table'
import { ROOT } from './workspace'

/** Generations that a defect can be switched on in. */
const kernelsWith = (id: string): readonly string[] =>
  GENERATIONS.filter(({ defects = {} }) => Object.hasOwn(defects, id)).map(({ name }) => name)

/** Where the harm and the cure are shown: a scenario, else the tests of all. */
function shownBy(id: string): string {
  if (kernelsWith(id).length === 0) return '-'
  return existsSync(join(ROOT, `scenarios/defects/${id}.yaml`))
    ? `[scenario](../scenarios/defects/${id}.yaml)`
    : '[test](../packages/conformance/tests/defects.test.ts)'
}

function rows(): string {
  const lines = DEFECTS.map(({ id, what, where, harm, cure, model }) => {
    const kernels =
      kernelsWith(id)
        .map((name) => `\`${name}\``)
        .join(', ') || 'no'
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
