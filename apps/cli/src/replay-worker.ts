// A thread of `memhp replay`: answers each path with what the replay of the file came to.
import { parentPort } from 'node:worker_threads'
import { replayFile } from './replay/replay-file'
import { loadPlugins } from './source/plugins'

const plugins = loadPlugins()

async function answer(path: string): Promise<void> {
  parentPort?.postMessage(await replayFile(path, await plugins))
}

// A rejection is not handled: it ends the thread with its error, which the command reports.
parentPort?.on('message', (path: string) => void answer(path))
