import type { FlatTrace } from '@memhp/capture'
import { recordingText, TRACE_FOLDERS, tracePaths } from 'memhp-recordings'

/** What these tests need of a recording of a real kernel. */
export interface Recording extends FlatTrace {
  readonly name: string
  readonly steps: readonly {
    readonly set: FlatTrace['boot']
    readonly gone: readonly string[]
  }[]
}

/** Every recording of real kernels. */
export const recordings = (): readonly Recording[] =>
  TRACE_FOLDERS.flatMap(tracePaths).map((path) => JSON.parse(recordingText(path)) as Recording)

/** The flat view after the last step. */
export function endOf({ boot, steps }: Recording): FlatTrace['boot'] {
  const view: Record<string, string> = { ...boot }
  for (const step of steps) {
    // A question of a recorder has no view.
    if (!('set' in step)) continue
    Object.assign(view, step.set)
    for (const key of step.gone) delete view[key]
  }
  return view
}
