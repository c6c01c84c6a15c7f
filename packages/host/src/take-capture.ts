import { machine } from 'node:os'
import {
  type Capture,
  type CaptureProgress,
  collectCapture,
  redactCapture,
  type StopSignal,
} from '@memhp/capture'
import { isHotplugError } from '@memhp/core'
import { readPageBytes } from '@memhp/topology'
import manifest from '../package.json' with { type: 'json' }
import type { HostTree } from './host-tree'
import type { OpenPageFlags } from './page-flags'

export interface TakeCaptureOptions {
  /**
   * Whether /proc/kpageflags is read: eight bytes for each page of the host, as root. Default true; a host that does not let us
   * gives a capture that says so.
   */
  readonly pages?: boolean
  /** Leave out what tells which machine it is; default false. See `redactCapture`. */
  readonly redact?: boolean
  /** Keep the host's name; default false. */
  readonly hostname?: boolean
  /** What `uname -m` prints there, for a sysroot without /proc/sys/kernel/arch. */
  readonly arch?: string
  /** Default now; null leaves it out, so that the same host gives the same capture. */
  readonly takenAt?: Date | null
  readonly notes?: string
  readonly onProgress?: (progress: CaptureProgress) => void
  /** Stops it between two reads. */
  readonly signal?: StopSignal
}

/** Page flags, or a source that refuses as opening them was refused. */
async function openOrRefuse(tree: HostTree): Promise<OpenPageFlags> {
  try {
    return await tree.openPageFlags()
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return { byteOrder: 'little', read: () => Promise.reject(error), close: async () => {} }
  }
}

const seconds = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z')

/**
 * Takes a capture of a host. Only reads.
 * @throws HotplugError NO_SUCH_FILE (no memory hot-plug there), BAD_ARGUMENT (the architecture is unknown)
 */
export async function takeCapture(
  tree: HostTree,
  options: TakeCaptureOptions = {},
): Promise<Capture> {
  const { pages = true, takenAt = new Date(), redact = false } = options
  const arch = options.arch ?? (tree.sysroot === '/' ? machine() : undefined)
  const pageFlags = pages ? await openOrRefuse(tree) : undefined
  try {
    const known = arch === undefined ? {} : { arch }
    const pageBytes = pageFlags === undefined ? 0 : await readPageBytes(tree, known)
    const capture = await collectCapture(tree, {
      tool: `memhp ${manifest.version}`,
      hostname: options.hostname === true ? 'keep' : 'leave out',
      ...(arch === undefined ? {} : { arch }),
      ...(takenAt === null ? {} : { takenAt: seconds(takenAt) }),
      ...(options.notes === undefined ? {} : { notes: options.notes }),
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(pageFlags === undefined ? {} : { pageFlags: { ...pageFlags, pageBytes } }),
    })
    return redact ? redactCapture(capture) : capture
  } finally {
    await pageFlags?.close()
  }
}
