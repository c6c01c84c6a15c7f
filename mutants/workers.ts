// Processes that run tests in scratch copies, two at a time, and are replaced when one hangs or ends.
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { makeScratch, removeScratch } from './scratch'
import type { Answer, Task } from './worker'

/** A mutant may make the tests run for ever. For each test file; where nothing is wrong, they pass within it. */
const LIMIT_MS = 120_000

/** A process with its scratch copy. */
export interface Worker {
  scratch: string
  child: ChildProcess
}

/** What a worker answered, or what happened instead. */
export type Outcome = Answer | { readonly kind: 'ended' | 'hung'; readonly reason: string }

const workers = new Set<Worker>()

/** Ends a worker with all that it started, and removes its copy. */
function end({ child, scratch }: Worker): void {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
    process.kill(-child.pid, 'SIGKILL')
  removeScratch(scratch)
}

process.on('exit', () => {
  for (const worker of workers) end(worker)
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.exit(1))

function launch(): Worker {
  const scratch = makeScratch()
  const child = fork(join(import.meta.dirname, 'worker.ts'), {
    cwd: scratch,
    detached: true,
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return { scratch, child }
}

/** The next answer of a worker, unless it ends or takes too long. */
function nextAnswer({ child }: Worker, limitMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer)
      child.off('message', settle)
      child.off('exit', ended)
      resolve(outcome)
    }
    const ended = (code: number | null): void =>
      settle({ kind: 'ended', reason: `The process of the tests ended with ${code}.` })
    const late = (): void =>
      settle({ kind: 'hung', reason: `Still running after ${limitMs / 1000} s.` })
    const timer = setTimeout(late, limitMs)
    child.on('message', settle)
    child.on('exit', ended)
  })
}

/** Waits until a worker that was launched can be asked. */
async function ready(worker: Worker): Promise<void> {
  const answer = await nextAnswer(worker, LIMIT_MS)
  if (answer.kind !== 'passed') throw new Error(`A worker does not start: ${answer.reason}`)
}

/** Starts this many workers. They end with the process. */
export async function startWorkers(count: number): Promise<void> {
  const launched = Array.from({ length: count }, launch)
  for (const worker of launched) workers.add(worker)
  await Promise.all(launched.map(ready))
}

/** Has one task done. A worker that hangs or ends is replaced, for whatever it was busy with. */
export async function ask(worker: Worker, task: Task): Promise<Outcome> {
  worker.child.send(task)
  // As long for each test that is named, or for a file of which none is.
  const count = task.tests.reduce((sum, { only }) => sum + (only?.length ?? 1), 0)
  const outcome = await nextAnswer(worker, count * LIMIT_MS)
  if (outcome.kind === 'ended' || outcome.kind === 'hung') {
    end(worker)
    Object.assign(worker, launch())
    await ready(worker)
  }
  return outcome
}

/** Has all tasks done, each by the first worker that is free. */
export async function doAll<T>(
  tasks: readonly T[],
  perform: (worker: Worker, task: T) => Promise<void>,
): Promise<void> {
  const left = tasks.slice()
  await Promise.all(
    [...workers].map(async (worker) => {
      for (let task = left.shift(); task !== undefined; task = left.shift())
        await perform(worker, task)
    }),
  )
}
