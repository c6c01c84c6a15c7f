// A thread of `memhp replay` or `memhp simulate`: takes files of a deal until none is left, and answers each with what the replay
// came to; answers each task with what the simulation of the seed came to.
import { parentPort } from 'node:worker_threads'
import { type ReplayTask, replayDeal } from './replay/deal'
import { replayFile } from './replay/replay-file'
import { type SimulationTask, simulateSeed } from './simulate/simulate-seed'
import { loadPlugins } from './source/plugins'

const plugins = loadPlugins()

async function answer(work: ReplayTask | SimulationTask): Promise<void> {
  const loaded = await plugins
  if (!('deal' in work)) parentPort?.postMessage(simulateSeed(work, loaded))
  else {
    await replayDeal(work.deal, {
      end: work.end,
      replay: async (path) => replayFile(path, loaded),
      tell: (...told) => parentPort?.postMessage(told),
    })
  }
}

// A rejection is not handled: it ends the thread with its error, which the command reports.
parentPort?.on('message', (work: ReplayTask | SimulationTask) => void answer(work))
