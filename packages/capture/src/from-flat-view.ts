import { type FlatTrace, flatFiles, recordedArch } from '@memhp/trace'
import { CAPTURE_FORMAT, CAPTURE_VERSION, type Capture } from './format'
import { orderCapture } from './serialise'

/** The capture that a recorded run begins with: the files that its flat view implies (`flatFiles`). */
export function fromFlatView(trace: FlatTrace): Capture {
  const { arch, mmu } = recordedArch(trace.arch)
  return orderCapture({
    format: CAPTURE_FORMAT,
    version: CAPTURE_VERSION,
    tool: 'flat view',
    arch,
    kernelRelease: trace.kernel,
    ...(mmu === undefined ? {} : { cpu: { flags: [], mmu: capitalised(mmu) } }),
    ...flatFiles(trace),
    unreadable: [],
    redacted: [],
  })
}

const capitalised = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1)
