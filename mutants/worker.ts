// Runs tests in one scratch copy, as it is or with a mutant applied: one process of Vitest for all of them, which
// transforms again only what a mutant changed.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createVitest, type TestCase, type TestModule, type TestRunResult } from 'vitest/node'
import type { Edit } from './edit'

/** A test file, or some of its tests by their names behind those of their groups, as `Answer` gives them. */
export interface TestRun {
  readonly file: string
  readonly only?: readonly string[]
}

/** What a worker is told: run these tests, with this edit or without. */
export interface Task {
  readonly edit: Edit | null
  readonly tests: readonly TestRun[]
}

/** What it answers: the first test that failed, or what kept tests from being run. */
export type Answer =
  | { readonly kind: 'passed'; readonly count: number }
  | {
      readonly kind: 'failed'
      readonly file: string
      readonly test: string
      readonly reason: string
    }
  | { readonly kind: 'broken'; readonly reason: string }

const scratch = process.cwd()
const vitest = await createVitest('test', {
  root: scratch,
  watch: false,
  bail: 1,
  maxWorkers: 1,
  pool: 'threads',
  reporters: [{}],
})
await vitest.standalone()
await vitest.globTestSpecifications()

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** What Vitest runs for a file. */
function specificationsOf({ file, only }: TestRun) {
  return vitest.getModuleSpecifications(join(scratch, file)).map(({ project, moduleId }) =>
    only === undefined
      ? project.createSpecification(moduleId)
      : project.createSpecification(moduleId, {
          testNamePattern: new RegExp(`^(?:${only.map(escaped).join('|')})$`),
        }),
  )
}

async function runTests(tests: readonly TestRun[]): Promise<Answer> {
  const specifications = tests.flatMap(specificationsOf)
  if (specifications.length !== tests.length) {
    const files = tests.map(({ file }) => file).join(', ')
    return { kind: 'broken', reason: `Not all of these are test files: ${files}` }
  }
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications)
  // The result names the modules of earlier runs, too.
  const ran = new Set(specifications.map(({ moduleId }) => moduleId))
  const answer = answerOf({
    testModules: testModules.filter(({ moduleId }) => ran.has(moduleId)),
    unhandledErrors,
  })
  const wanted = tests.flatMap(({ only }) => only ?? []).length
  return answer.kind === 'passed' && answer.count < wanted
    ? { kind: 'broken', reason: `Only ${answer.count} of ${wanted} tests ran.` }
    : answer
}

/** A test's name behind those of its groups: what Vitest compares with a pattern. */
function nameOf(test: TestCase): string {
  const names = [test.name]
  for (let group = test.parent; group.type === 'suite'; group = group.parent)
    names.unshift(group.name)
  return names.join(' ')
}

function answerOf({ testModules, unhandledErrors }: TestRunResult): Answer {
  for (const module of testModules) {
    const [failed] = module.children.allTests('failed')
    if (failed === undefined) continue
    const [error] = failed.result().errors ?? []
    const reason = firstLine(error?.message ?? '')
    return { kind: 'failed', file: module.relativeModuleId, test: nameOf(failed), reason }
  }
  const errors = [
    ...testModules.flatMap((module: TestModule) => module.errors()),
    ...unhandledErrors,
  ]
  if (errors.length > 0)
    return { kind: 'broken', reason: firstLine(String((errors[0] as Error).message)) }
  const count = testModules.flatMap((module) => [...module.children.allTests('passed')]).length
  return count > 0 ? { kind: 'passed', count } : { kind: 'broken', reason: 'No test ran.' }
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

/** Changes a file of the copy, and has it read again. */
function write(file: string, text: string): void {
  writeFileSync(file, text)
  vitest.invalidateFile(file)
}

async function perform({ edit, tests }: Task): Promise<Answer> {
  if (edit === null) return runTests(tests)
  const file = join(scratch, edit.file)
  const original = readFileSync(file, 'utf8')
  if (original.slice(edit.start, edit.end) !== edit.from)
    return { kind: 'broken', reason: `${edit.file} has changed since the run began.` }
  write(file, original.slice(0, edit.start) + edit.to + original.slice(edit.end))
  try {
    return await runTests(tests)
  } finally {
    write(file, original)
  }
}

process.on('message', (task: Task) => {
  void perform(task)
    .catch((error: unknown): Answer => ({ kind: 'broken', reason: String(error) }))
    .then((answer) => process.send?.(answer))
})
process.on('disconnect', () => process.exit())
process.send?.({ kind: 'passed', count: 0 } satisfies Answer)
