import { checkInvariants } from '@memhp/invariants'
import { parseTrace } from '@memhp/trace'
import { recordingText, TRACE_FOLDERS, tracePaths } from 'memhp-recordings'
import { describe, it } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { replayTrace } from '../src/index'
import { PLUGINS } from './plugins'

/** Of each folder all recordings, or the first where time is short. */
const COUNT = THOROUGH ? undefined : 1
/** After how many steps the whole machine is checked. */
const EVERY = THOROUGH ? 1 : 20

describe.each(TRACE_FOLDERS)('recordings of %s, replayed', (folder) => {
  it.each(tracePaths(folder).slice(0, COUNT))(
    `%s: every invariant holds after every ${THOROUGH ? '' : `${EVERY}th `}step`,
    async (path) => {
      const trace = parseTrace(recordingText(path), { name: path })
      await replayTrace(trace, PLUGINS, {
        onStep(index, machine) {
          if ((index + 1) % EVERY === 0) checkInvariants(machine)
        },
      })
    },
  )
})
