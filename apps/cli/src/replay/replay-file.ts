import { type ReplayReport, replayTrace } from '@memhp/conformance'
import { isHotplugError, type Plugins } from '@memhp/core'
import { readPackedText } from '@memhp/host'
import { parseTrace } from '@memhp/trace'
import { type Report, reportError } from '../errors'
import { inFile, withFile } from '../file-problem'

/** A replayed trace and where it came from. */
export interface ReplayedFile extends ReplayReport {
  readonly path: string
}

/** What the replay of a file came to: plain data, which threads can send each other. */
export type FileOutcome =
  | { readonly kind: 'replayed'; readonly report: ReplayedFile }
  | {
      readonly kind: 'refused'
      /** The file is JSON of another kind. */
      readonly isOther: boolean
      readonly told: Report
    }

/** Replays the trace of a file. Never throws: what is wrong with the file becomes words for the user. */
export async function replayFile(path: string, plugins: Plugins): Promise<FileOutcome> {
  try {
    return await inFile(path, async () => {
      const text = await withFile(path, async () => readPackedText(path, { code: 'BAD_TRACE' }))
      const report = await replayTrace(parseTrace(text), plugins)
      return { kind: 'replayed', report: { path, ...report } }
    })
  } catch (error) {
    const isOther = isHotplugError(error) && error.code === 'NOT_A_TRACE'
    return { kind: 'refused', isOther, told: reportError(error) }
  }
}
