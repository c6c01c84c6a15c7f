export { readCaptureFile, type WriteCaptureOptions, writeCaptureFile } from './capture-file'
export { type HostTree, type HostTreeOptions, hostTree } from './host-tree'
export type { OpenPageFlags } from './page-flags'
export { type TakeCaptureOptions, takeCapture } from './take-capture'
