import { checkInvariants } from '@memhp/invariants'
import { parseTrace } from '@memhp/trace'
import { recordingText, TRACE_FOLDERS, tracePaths } from 'memhp-recordings'
import { describe, it } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { replayTrace } from '../src/index'
import { PLUGINS } from './plugins'

/** Of each folder all recordings, or the first three where time is short. */
const COUNT = THOROUGH ? undefined : 3

describe.each(TRACE_FOLDERS)('recordings of %s, replayed', (folder) => {
  it.each(tracePaths(folder).slice(0, COUNT))(
    '%s: every invariant holds after every step',
    async (path) => {
      const trace = parseTrace(recordingText(path), { name: path })
      await replayTrace(trace, PLUGINS, { onStep: (_, machine) => checkInvariants(machine) })
    },
  )
})
