import { checkInvariants } from '@memhp/invariants'
import { parseTrace } from '@memhp/trace'
import { recordingText, TRACE_FOLDERS, tracePaths } from 'memhp-recordings'
import { describe, it } from 'vitest'
import { replayTrace } from '../src/index'
import { PLUGINS } from './plugins'

describe.each(TRACE_FOLDERS)('recordings of %s, replayed', (folder) => {
  it.each(tracePaths(folder))('%s: every invariant holds after every step', (path) => {
    const trace = parseTrace(recordingText(path), { name: path })
    replayTrace(trace, PLUGINS, { onStep: (_, machine) => checkInvariants(machine) })
  })
})
