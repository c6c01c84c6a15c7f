import type { FlatTrace } from '@memhp/capture'
import { recordingText, TRACE_FOLDERS, tracePaths } from 'memhp-recordings'

/** Every recorded run that starts with a flat view, with its name. */
export const readTraces = (): (readonly [name: string, trace: FlatTrace])[] =>
  TRACE_FOLDERS.flatMap(tracePaths).map((path) => {
    const trace = JSON.parse(recordingText(path)) as FlatTrace & { name: string }
    return [trace.name, trace] as const
  })
