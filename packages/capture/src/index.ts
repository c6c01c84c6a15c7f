export type { FlatTrace } from '@memhp/trace'
export { checkFirmwareTexts } from './check'
export { ASSUMPTIONS, OTHER_ASSUMPTION } from './collect/assumption'
export {
  type CaptureProgress,
  type CollectOptions,
  collectCapture,
} from './collect/collect'
export type { StopSignal } from './collect/collector'
export { PAGE_CLASS_BITS } from './collect/page-flags'
export type { PageFlagsSource } from './collect/summarise-pages'
export { WANTED } from './collect/wanted'
export * from './format'
export { fromFlatView } from './from-flat-view'
export { type GatheredCapture, type GatherOptions, gatherCapture } from './gather/gather'
export type { GatheredFact } from './gather/gathering'
export { REPORT_KINDS, type ReportKind, type ReportText } from './gather/report-kind'
export { captureJsonSchema } from './json-schema'
export { type ParseLimits, parseCapture, strictJson } from './parse'
export { pathsOf } from './paths-of'
export { redactCapture } from './redact'
export { captureText, orderCapture, serialiseCapture } from './serialise'
export { captureTree } from './tree'
