// @memhp/driver-virtio-mem/dialect, for clients: virtio-mem devices as files show them. No machine is loaded.
export { virtioMemDialect } from './dialect/virtio-mem-dialect'
