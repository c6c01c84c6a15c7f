// Processes that carry out inputs. One that hangs or ends is replaced, and what it was busy with is a finding.
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
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

/** How often a process may be found asleep that has worked since it was looked at before. */
const MOST_NAPS = 5

/** What a process and those that it started have used of the processor, in ms, and whether all sleep: who waits for a processor or is stopped does not. */
interface Work {
  readonly cpuMs: number
  readonly sleeps: boolean
}

/** The words of /proc/PID/stat behind the name; none where the process is gone. */
function statOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return []
  }
}

/** Where the system does not tell, a process has done nothing and sleeps. Source: proc(5). */
function workOf({ pid }: ChildProcess): Work {
  const all = existsSync('/proc/self/stat') ? readdirSync('/proc') : []
  const group = all
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((words) => words[2] === String(pid))
  // utime and stime, and those of children that have ended, in hundredths of a second.
  const cpuMs = group
    .flatMap((words) => words.slice(11, 15))
    .reduce((sum, n) => sum + Number(n) * 10, 0)
  return { cpuMs, sleeps: group.every(([state]) => state === 'S' || state === 'Z') }
}

/**
 * Waits for a process. On a machine with other work one may not have had its share within the time, or none: it is waited for again
 * until it has used its share, or sleeps.
 * @returns ends the watch
 */
function watch(child: ChildProcess, onHung: (problem: string) => void): () => void {
  const start = workOf(child).cpuMs
  let seen = start
  let looks = 0
  let naps = 0
  const look = (): void => {
    const before = seen
    const { cpuMs, sleeps } = workOf(child)
    seen = cpuMs
    looks += 1
    if (sleeps) naps = before < seen ? naps + 1 : MOST_NAPS
    if (naps < MOST_NAPS && seen < start + BOUNDS.cpuMs) timer.refresh()
    else {
      const seconds = (looks * BOUNDS.wallMs) / 1000
      onHung(`no end within ${seconds} s, in which ${seen - start} ms of the processor were used`)
    }
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
