// memhp plugin: standby memory of s390, whose blocks exist from boot and get their storage as they come online.
export type { SclpConfig, SclpLayout, StandbyRange } from './config'
export { sclpDriver } from './driver'
export { type SclpState, sclpState } from './state'
