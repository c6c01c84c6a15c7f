// A thread of `memhp replay` or `memhp simulate`: answers each path with what the replay of the file came to, and each task
// with what the simulation of the seed came to.
import { parentPort } from 'node:worker_threads'
import { replayFile } from './replay/replay-file'
import { type SimulationTask, simulateSeed } from './simulate/simulate-seed'
import { loadPlugins } from './source/plugins'

const plugins = loadPlugins()

async function answer(work: string | SimulationTask): Promise<void> {
  const outcome =
    typeof work === 'string'
      ? await replayFile(work, await plugins)
      : simulateSeed(work, await plugins)
  parentPort?.postMessage(outcome)
}

// A rejection is not handled: it ends the thread with its error, which the command reports.
parentPort?.on('message', (work: string | SimulationTask) => void answer(work))
