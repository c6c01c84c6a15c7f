import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { rejectionAt } from '../interrupt'
import { loadPlugins } from '../source/plugins'
import type { SeedOutcome, SimulationTask } from './simulate-seed'

/** Threads to simulate with. */
export interface SimulationThreads {
  /** What starts a thread; undefined: this thread does all. */
  readonly url: URL | undefined
  readonly count: number
  /** Ends it, where there are threads. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Simulates tasks, each in one thread, and tells of each as soon as it is done.
 * @throws what a thread throws; the signal's reason
 */
export async function* simulateSeeds(
  tasks: Iterable<SimulationTask>,
  { url, count, signal }: SimulationThreads,
): AsyncGenerator<SeedOutcome, undefined, undefined> {
  if (url === undefined) {
    const { simulateSeed } = await import('./simulate-seed')
    const plugins = await loadPlugins()
    for (const task of tasks) {
      await setImmediate()
      yield simulateSeed(task, plugins)
    }
    return
  }
  yield* inThreads(tasks[Symbol.iterator](), { url, count, signal })
}

async function* inThreads(
  tasks: Iterator<SimulationTask>,
  { url, count, signal }: SimulationThreads & { readonly url: URL },
): AsyncGenerator<SeedOutcome, undefined, undefined> {
  const workers = Array.from(
    { length: count },
    () => new Worker(url, { workerData: 'simulate-worker' }),
  )
  const running = new Map<Worker, Promise<readonly [Worker, SeedOutcome]>>()
  const give = (worker: Worker): void => {
    running.delete(worker)
    const next = tasks.next()
    if (next.done !== true) running.set(worker, simulateIn(worker, next.value))
  }
  const stopped = rejectionAt(signal)
  try {
    for (const worker of workers) give(worker)
    while (running.size > 0) {
      const [worker, outcome] = await Promise.race([stopped, ...running.values()])
      give(worker)
      yield outcome
    }
  } finally {
    await Promise.all(workers.map(async (worker) => worker.terminate()))
  }
}

async function simulateIn(
  worker: Worker,
  task: SimulationTask,
): Promise<readonly [Worker, SeedOutcome]> {
  worker.postMessage(task)
  // `once` rejects with the error that ends a thread.
  const [outcome] = (await once(worker, 'message')) as [SeedOutcome]
  return [worker, outcome]
}
