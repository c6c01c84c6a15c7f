export {
  type CaptureProgress,
  type CollectOptions,
  collectCapture,
} from './collect/collect'
export type { StopSignal } from './collect/collector'
export type { PageFlagsSource } from './collect/summarise-pages'
export { FLAT_PARTS, type FlatPart, type FlatViewOptions, flatView } from './flat/flat-view'
export { type FlatTrace, fromFlatView } from './flat/from-flat-view'
export * from './format'
export { type ParseLimits, parseCapture } from './parse'
export { redactCapture } from './redact'
export { captureJsonSchema } from './schema'
export { orderCapture, serialiseCapture } from './serialise'
export { captureTree } from './tree'
