// @memhp/driver-sclp/dialect, for clients: standby memory as files show it. No machine is loaded.
export { sclpDialect } from './dialect/sclp-dialect'
