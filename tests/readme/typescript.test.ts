// Every TypeScript block of every page: its types are right, it runs, and it prints what it says that it prints.
import { fork } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/workspace'
import { type Block, blocksIn, placeOf } from './blocks'
import { whyNotRun } from './not-run'
import { makeProject } from './project'

const BLOCKS = blocksIn('ts')
const PROGRAMS = BLOCKS.filter(({ text }) => whyNotRun(text) === undefined)

/** Modules that a page takes for granted, and what they stand for. */
const GIVEN = {
  'my-arch.ts': "export { x86_64 as myArch } from '@memhp/arch-x86'\n",
  'my-driver.ts': "export { acpiDriver as myDriver } from '@memhp/driver-acpi'\n",
}
/** What is an entry of a list, as a program. */
const ENTRIES: readonly {
  readonly page: string
  readonly before: string
  readonly after: string
}[] = [
  {
    page: 'mutants/README.md',
    before:
      "import type { Mutant } from './mutants/mutant'\nexport const mutants: readonly Mutant[] = [",
    after: ']',
  },
]

interface Run {
  readonly output: string
  readonly failure: string | null
}

let project: string
let faults: ReadonlyMap<string, string>
let runs: ReadonlyMap<string, Run>

const fileOf = (block: Block): string =>
  join(project, `${block.page.replaceAll('/', '-')}-${block.line}.ts`)

function programOf({ page, text }: Block): string {
  const entry = ENTRIES.find((each) => each.page === page)
  return entry === undefined ? text : `${entry.before}\n${text}${entry.after}\n`
}

/** The faults of types of each file that has some. */
function checkTypes(files: readonly string[]): ReadonlyMap<string, string> {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(ROOT, 'tsconfig.json'),
    { typeRoots: [join(ROOT, 'node_modules/@types')], noUnusedLocals: false },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
  )
  const program = ts.createProgram(files, config?.options ?? {})
  const host = ts.createCompilerHost({})
  return new Map(
    files.flatMap((file) => {
      const source = program.getSourceFile(file)
      const found = [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ]
      return found.length === 0 ? [] : [[file, ts.formatDiagnostics(found, host)] as const]
    }),
  )
}

/** Runs the programs on the sources, in the project. */
async function runPrograms(files: readonly string[]): Promise<ReadonlyMap<string, Run>> {
  const done = new Map<string, Run>()
  const child = fork(join(ROOT, 'tests/readme/run-programs.mjs'), files, {
    cwd: project,
    execArgv: ['--conditions=memhp-source', '--import', import.meta.resolve('tsx')],
  })
  child.on('message', ({ file, ...run }: Run & { readonly file: string }) => done.set(file, run))
  await new Promise((resolve) => child.on('close', resolve))
  return done
}

/** What a block says that it prints: behind a `console.log`, or in lines of comments below it. */
const promised = (text: string): readonly string[] =>
  [...text.matchAll(/^ *console\.log\(.*\)(?: \/\/ (.*)|\n((?:\/\/ .*\n)+))/gm)].flatMap(
    ({ 1: behind, 2: below }) =>
      behind === undefined
        ? (below ?? '')
            .trimEnd()
            .split('\n')
            .map((line) => line.slice(3))
        : behind,
  )

beforeAll(async () => {
  project = await makeProject()
  for (const [name, text] of Object.entries(GIVEN)) await writeFile(join(project, name), text)
  for (const block of BLOCKS) await writeFile(fileOf(block), programOf(block))
  for (const {
    words: [name = 'unnamed.yaml'],
    text,
  } of blocksIn('yaml'))
    await writeFile(join(project, name), text)
  faults = checkTypes(BLOCKS.map(fileOf))
  runs = await runPrograms(PROGRAMS.map(fileOf))
}, 120_000)
afterAll(async () => rm(project, { recursive: true }))

describe('the types are right of', () => {
  it.each(BLOCKS.map((block) => [placeOf(block), block] as const))('%s', (_, block) => {
    expect(faults.get(fileOf(block)) ?? '').toBe('')
  })
})

describe('runs to its end and prints what it says:', () => {
  it.each(PROGRAMS.map((block) => [placeOf(block), block] as const))('%s', (_, block) => {
    const run = runs.get(fileOf(block))
    expect(run?.failure).toBeNull()
    const printed = run?.output.split('\n').map((line) => line.trim())
    expect(printed).toEqual(expect.arrayContaining([...promised(block.text)]))
  })
})
