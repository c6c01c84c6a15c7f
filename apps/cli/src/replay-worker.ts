// A thread of `memhp replay`: takes files of a deal until none is left, and answers each with what the replay came to.
import { parentPort } from 'node:worker_threads'
import { PLUGINS } from '@memhp/platforms'
import { type ReplayTask, replayDeal } from './replay/deal'
import { replayFile } from './replay/replay-file'

// A rejection is not handled: it ends the thread with its error, which the command reports.
parentPort?.on(
  'message',
  ({ deal, end }: ReplayTask) =>
    void replayDeal(deal, {
      end,
      replay: async (path) => replayFile(path, PLUGINS),
      tell: (...told) => parentPort?.postMessage(told),
    }),
)
