import { accessSync, constants } from 'node:fs'

/** Whether machines can be mounted here; where not, a warning says why. */
export function canMount(): boolean {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
    return process.getuid?.() === 0
  } catch {
    console.warn('NOT RUN: mounts of a machine, for /dev/fuse cannot be opened')
    return false
  }
}
