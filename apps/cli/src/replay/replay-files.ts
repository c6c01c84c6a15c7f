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
  compileForOnce()
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

/** V8's flags for a replay of a second or two in several threads, each of which compiles all that it runs. */
const FLAGS = [
  // Optimised code takes two fifths of the processors' time to compile, and would pay later.
  '--interrupt-budget=4000000',
  // What is called at all is called often: it is compiled at once, not interpreted first.
  '--always-sparkplug',
  // Most objects of a step are dead before the space for new ones is full.
  '--min-semi-space-size=16',
  '--semi-space-growth-factor=16',
]

/** Has V8 compile as it pays for a short replay. Only where V8 is known to have the flags, in Node 20. */
function compileForOnce(): void {
  if (process.versions.v8.startsWith('11.3.')) for (const flag of FLAGS) setFlagsFromString(flag)
}
