import ts from 'typescript'
import { NOT_ROLLED_BACK } from '../packages/conformance/src/sweep/not-rolled-back'
import { listInvariants } from '../packages/invariants/src/check-invariants'
import type { InvariantEntry } from '../packages/invariants/src/invariant-entry'
import { isTest, readPackages, readText, typescriptFiles } from './workspace'

const ID = /(?:v6\.1|2012)\/(?:[A-Z]-)?[0-9]+(?:\.[0-9]+)?/g

/** Every text in a test that names an invariant: `v6.1/16`, and the files that have it. */
export function testedIds(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const file of testFiles()) {
    for (const text of literalsIn(file)) {
      for (const [id] of text.matchAll(ID)) {
        const files = found.get(id) ?? []
        if (!files.includes(file)) files.push(file)
        found.set(id, files)
      }
    }
  }
  return found
}

/** Titles of tests that name something, such as an invariant, without the names at their beginning. */
export function titlesNaming(name: string): readonly NamedTest[] {
  const isNamed = new RegExp(
    `${name.replaceAll('.', '\\.')}${name.endsWith('/') ? '' : '(?![0-9.]*[0-9])'}`,
  )
  return literalsOfTests().flatMap(({ file, texts }) =>
    texts
      .filter((text) => isNamed.test(text))
      .map((text) => ({ file, names: name, title: text.replace(NAMES, '') || CANARY })),
  )
}

/** A title of a test that names something, and its file. */
export interface NamedTest {
  readonly file: string
  readonly names: string
  readonly title: string
}

/** What stands for a name without more: it is told of what was broken on purpose. */
export const CANARY = 'notices what is broken on purpose'

const NAMES = /^(?:(?:(?:v6\.1|2012|model)\/|vector )[\w.-]+(?::? |$))+/

/** Every literal of every test file, read once. */
function literalsOfTests(): readonly {
  readonly file: string
  readonly texts: readonly string[]
}[] {
  literals ??= testFiles().map((file) => ({ file, texts: literalsIn(file) }))
  return literals
}

let literals: ReturnType<typeof literalsOfTests> | undefined

const testFiles = (): string[] =>
  readPackages()
    .flatMap(({ folder }) => typescriptFiles(folder))
    .filter((file) => isTest(file) && file.endsWith('.test.ts'))

/** The string literals of a source, templates without parts among them. */
function literalsIn(file: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readText(file), ts.ScriptTarget.Latest))
  return found
}

/** Where each checked invariant is written down, by id. */
function sourcesById(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const file of typescriptFiles('packages/invariants/src')) {
    for (const text of literalsIn(file)) {
      if (/^(?:v6\.1|2012|model)\/[\w.-]+$/.test(text) && !found.has(text)) found.set(text, file)
    }
  }
  return found
}

const KINDS: Readonly<Record<InvariantEntry['kind'], string>> = {
  state: 'at any moment',
  step: 'over a step',
  'covered-by-test': 'by a test',
  'not-applicable': 'not applicable',
}

/** The text of docs/invariants.md. */
export function invariantsPage(): string {
  const tests = testedIds()
  const sources = sourcesById()
  const where = (entry: InvariantEntry): string => {
    if (entry.kind === 'not-applicable') return entry.reason
    const source = sources.get(entry.id)
    const checked = entry.kind === 'covered-by-test' || source === undefined ? [] : [source]
    return [...checked, ...(tests.get(entry.id) ?? [])].map(shorten).join(', ')
  }
  const rows = listInvariants().map((entry) => {
    return `| ${entry.id} | ${KINDS[entry.kind]} | ${entry.text} | ${where(entry)} |`
  })
  return `# Invariants

What must hold of a machine. \`checkInvariants(machine)\` checks all that hold *at any moment*, \`checkStep(step)\` all that hold
*over a step*: simulations and fault sweeps call them after every operation. A *test* tells a separate story, and
its title carries the number. What is *not here* speaks of something that the model does not have.

\`v6.1/N\`: item N of section 8 of the specification of Linux 6.1. \`2012/…\`: the series of 2012, as far as 6.1 keeps what it says.
\`model/…\`: the parts of the model agree with each other.

Written by \`pnpm docs:invariants\` from \`packages/invariants/src\`.

| id | checked | what holds | where |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

const shorten = (file: string): string =>
  file
    .replace('packages/invariants/src/', '')
    .replace(/^packages\/(\w+[\w-]*)\/(?:tests|src)\//, '$1/')
    .replace(/^/, '`')
    .replace(/$/, '`')

/** The text of docs/not-rolled-back.md. */
export function notRolledBackPage(): string {
  const rows = NOT_ROLLED_BACK.map(
    ({ id, text, reason, source }) => `| \`${id}\` | ${text} | ${reason} | ${source} |`,
  )
  return `# Not rolled back

A refused operation leaves the machine as it was: its fingerprint is the same. These are the exceptions, because the kernel makes
them. Fault sweeps (\`sweepAll\`) accept no others, and each has a test in \`packages/conformance/tests/not-rolled-back.test.ts\`.

Written by \`pnpm docs:invariants\` from \`packages/conformance/src/sweep/not-rolled-back.ts\`.

| id | what is left | why | source |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}
