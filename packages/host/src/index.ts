export { readCaptureFile, writeCaptureFile } from './capture-file'
export { type HostTree, type HostTreeOptions, hostTree } from './host-tree'
export { type LineFile, type LineFileOptions, openLineFile } from './line-file'
export { type Lock, type LockHolder, markOf, type ProcessMark, takeLock } from './lock'
export { type PackedTextOptions, readPackedText } from './packed-text'
export type { OpenPageFlags } from './page-flags'
export { type ReadFileOptions, readRegularFile } from './read-file'
export { captureScript } from './script/capture-script'
export { type TakeCaptureOptions, takeCapture } from './take-capture'
export { type WholeFileOptions, writeWholeFile } from './whole-file'
export {
  type HostWriter,
  type HostWriterOptions,
  hostWriter,
  isOfThisKernel,
} from './writer/host-writer'
