// Processes that carry out inputs. One that hangs or ends is replaced, and what it was busy with is a finding.
import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, Task } from './worker'

/** What an input may take. A process that compiles for the first time needs a second or two by itself. */
export const BOUNDS = { wallMs: 20_000, cpuMs: 10_000, peakMib: 1024 } as const

/** MiB of V8's heap: less than the bound of all memory, so that V8 says which input needs more. */
const HEAP_MIB = 768

/** Inputs that a process carries out before it is replaced, so that what one leaves behind does not add up. */
const MOST_INPUTS = 400

/** A process, how much it has done, and the end of what it does now. */
export interface Worker {
  child: ChildProcess
  inputs: number
  busy: Promise<unknown>
}

/** What a worker answered, or what happened instead. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'hung' | 'ended'; readonly problem: string }

const children = new Set<ChildProcess>()

function end(child: ChildProcess): void {
  children.delete(child)
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    // With all that it started.
    process.kill(-child.pid, 'SIGKILL')
  }
}

process.on('exit', () => {
  for (const child of children) end(child)
})

function launch(): ChildProcess {
  const child = fork(join(import.meta.dirname, 'worker.ts'), {
    detached: true,
    serialization: 'advanced',
    execArgv: [
      `--max-old-space-size=${HEAP_MIB}`,
      '--conditions=memhp-source',
      '--import',
      import.meta.resolve('tsx'),
    ],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  children.add(child)
  return child
}

/** What a process said last; the rest is of no use. Characters. */
const LAST_WORDS = 2000

/** How often a process that works is waited for. */
const MOST_WAITS = 5

/** Milliseconds of the processor that a process has used; 0 where the system does not tell. Source: proc(5). */
function cpuMsOf({ pid }: ChildProcess): number {
  try {
    // utime and stime, in hundredths of a second, are the 12th and 13th words behind the name.
    const words = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return (Number(words[11]) + Number(words[12])) * 10
  } catch {
    return 0
  }
}

/**
 * Waits for a process. On a machine with other work one may not have had its share within the time: it is waited for again
 * while it works, up to `MOST_WAITS` times.
 * @returns ends the watch
 */
function watch(child: ChildProcess, onHung: (problem: string) => void): () => void {
  const start = cpuMsOf(child)
  let seen = start
  let waits = 0
  const look = (): void => {
    const before = seen
    waits += 1
    seen = cpuMsOf(child)
    if (before < seen && seen < start + BOUNDS.cpuMs && waits < MOST_WAITS) timer.refresh()
    else onHung(`no end within ${(waits * BOUNDS.wallMs) / 1000} s`)
  }
  const timer = setTimeout(look, BOUNDS.wallMs)
  return () => clearTimeout(timer)
}

function nextAnswer(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve) => {
    let words = ''
    const collect = (chunk: Buffer): void => {
      words = (words + chunk.toString()).slice(-LAST_WORDS)
    }
    const settle = (outcome: Outcome): void => {
      stop()
      child.off('message', answered)
      child.off('exit', ended)
      child.stderr?.off('data', collect)
      resolve(outcome)
    }
    const answered = (answer: Answer): void => settle({ kind: 'answered', answer })
    const ended = (code: number | null, signal: string | null): void =>
      settle({ kind: 'ended', problem: `the process ended with ${code ?? signal}\n${words}` })
    const stop = watch(child, (problem) => settle({ kind: 'hung', problem }))
    child.stderr?.on('data', collect)
    child.on('message', answered)
    child.on('exit', ended)
  })
}

/** Starts a process and waits until it can be asked. */
async function launched(): Promise<ChildProcess> {
  const child = launch()
  const outcome = await nextAnswer(child)
  if (outcome.kind !== 'answered') throw new Error(`A worker does not start: ${outcome.problem}`)
  return child
}

/** A worker that can be asked. It ends with this process. */
export const startWorker = async (): Promise<Worker> => ({
  child: await launched(),
  inputs: 0,
  busy: Promise.resolve(),
})

async function replace(worker: Worker): Promise<void> {
  end(worker.child)
  worker.child = await launched()
  worker.inputs = 0
}

/** Has one input carried out, after those that were asked for before: fast-check may give up waiting for one. */
export async function ask(worker: Worker, task: Task): Promise<Outcome> {
  const outcome = worker.busy.then(async () => askNow(worker, task))
  worker.busy = outcome.catch(() => undefined)
  return outcome
}

async function askNow(worker: Worker, task: Task): Promise<Outcome> {
  if (worker.inputs >= MOST_INPUTS) await replace(worker)
  worker.inputs++
  worker.child.send(task)
  const outcome = await nextAnswer(worker.child)
  if (outcome.kind !== 'answered') await replace(worker)
  return outcome
}

/** Ends all workers. */
export function endWorkers(): void {
  for (const child of children) end(child)
}
