// @memhp/driver-dax-kmem/dialect, for clients: dax devices as files show them. No machine is loaded.
export { daxKmemDialect } from './dialect/dax-kmem-dialect'
