export { ASSUMPTIONS, OTHER_ASSUMPTION } from './collect/assumption'
export {
  type CaptureProgress,
  type CollectOptions,
  collectCapture,
} from './collect/collect'
export type { StopSignal } from './collect/collector'
export { PAGE_CLASS_BITS } from './collect/page-flags'
export type { PageFlagsSource } from './collect/summarise-pages'
export { WANTED, WANTED_BEHIND_LINKS, WANTED_DIRECTORIES } from './collect/wanted'
export {
  FLAT_PARTS,
  type FlatChange,
  type FlatPart,
  FlatReader,
  type FlatViewOptions,
  flatView,
  partsOf,
} from './flat/flat-view'
export { type FlatTrace, fromFlatView } from './flat/from-flat-view'
export * from './format'
export { type ParseLimits, parseCapture } from './parse'
export { redactCapture } from './redact'
export { captureText, orderCapture, serialiseCapture } from './serialise'
export { captureJsonSchema } from './shape/capture-shape'
export { captureTree } from './tree'
