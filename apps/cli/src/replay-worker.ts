// A thread of `memhp replay`: answers each path with what the replay of the file came to.
import { parentPort } from 'node:worker_threads'
import { replayFile } from './replay/replay-file'
import { loadPlugins } from './source/plugins'

const plugins = loadPlugins()
parentPort?.on('message', async (path: string) => {
  parentPort?.postMessage(await replayFile(path, await plugins))
})
