// @memhp/mount: a machine of the library as a filesystem, for programs that know nothing of it.

export { detachMount as unmountDirectory } from './fuse/mount-point'
export {
  MOUNT_ERROR_CODES,
  MountError,
  type MountErrorCode,
} from './mount-error'
export { type MountedMachine, type MountOptions, mountMachine } from './mount-machine'
export { mountedDirectories } from './mounts'
export type { NamespaceProcess, RunOptions, RunResult } from './namespace/run'
export { temporaryDirectory } from './temporary-directory'
export type { UeventDelivery } from './uevents'
