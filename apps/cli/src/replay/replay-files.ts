import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { Workers } from '../context'
import { loadPlugins } from '../source/plugins'
import { type Deal, dealOf, endDeal, replayDeal, type Taker } from './deal'
import type { FileOutcome } from './replay-file'

/**
 * Replays files, by as many threads as help, of which this one is one.
 * @param workers undefined: this thread replays one file after the other
 * @returns what each file came to, in the order of the files
 * @throws what a thread throws
 */
export async function* replayFiles(
  paths: readonly string[],
  workers: Workers | undefined,
): AsyncGenerator<FileOutcome, undefined, undefined> {
  const others = startWorkers(workers, paths.length - 1)
  const deal = dealOf(paths)
  const { outcomes, end } = replayAll(deal, others)
  // It may reject while no outcome is asked for.
  end.catch(() => undefined)
  try {
    for (const outcome of outcomes) yield await Promise.race([outcome, end])
  } finally {
    endDeal(deal)
    await Promise.all(others.map(async (worker) => worker.terminate()))
  }
}

function startWorkers(workers: Workers | undefined, most: number): Worker[] {
  if (workers === undefined || workers.count < 2 || most < 1) return []
  optimiseLate()
  const count = Math.min(workers.count - 1, most)
  return Array.from({ length: count }, () => new Worker(workers.url))
}

/**
 * Has each thread take files.
 * @returns `outcomes` in the order of the paths; `end` rejects with what a thread throws, and never resolves
 */
function replayAll(
  deal: Deal,
  workers: readonly Worker[],
): { readonly outcomes: readonly Promise<FileOutcome>[]; readonly end: Promise<never> } {
  const answers: ((outcome: FileOutcome) => void)[] = []
  const outcomes = deal.paths.map(
    () => new Promise<FileOutcome>((resolve) => answers.push(resolve)),
  )
  const tell: Taker['tell'] = (place, outcome) => answers[place]?.(outcome)
  const there = workers.map(async (worker) => {
    worker.on('message', (told: Parameters<Taker['tell']>) => tell(...told))
    worker.postMessage(deal)
    const [error] = (await once(worker, 'error')) as [unknown]
    throw error
  })
  const never = new Promise<never>(() => undefined)
  const here = replayHere(deal, tell).then(async () => never)
  return { outcomes, end: Promise.race([here, ...there]) }
}

/** Takes files in this thread. */
async function replayHere(deal: Deal, tell: Taker['tell']): Promise<void> {
  const { replayFile } = await import('./replay-file')
  const plugins = await loadPlugins()
  const replay = async (path: string): Promise<FileOutcome> => {
    // What workers told meanwhile has its turn.
    await setImmediate()
    return replayFile(path, plugins)
  }
  await replayDeal(deal, { replay, tell })
}

/**
 * Has V8 wait before it compiles functions anew that have run for a while: beside a replay of a second, which is over
 * before that pays, it takes two fifths of the processors' time. Only where V8 is known to have the flag, in Node 20.
 */
function optimiseLate(): void {
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--interrupt-budget=4000000')
}
