import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import { MEMORY_DIRECTORY } from '@memhp/kernel-files'

/** What a write to a tree would change: `machine`, the memory of a real one; `model`, one that memhp serves; `copy`, files. */
export type TargetKind = 'machine' | 'model' | 'copy'

/** Filesystems by their magic number. Source: statfs(2) */
const FUSE = 0x65735546
const SYSFS = 0x62656572
const COPIES: ReadonlySet<number> = new Set([
  // tmpfs, ext2 to ext4, xfs, btrfs, overlayfs
  0x01021994, 0xef53, 0x58465342, 0x9123683e, 0x794c7630,
])

/**
 * What the filesystem below /sys/devices/system/memory says. What is not known to be a model or a copy is taken for a machine.
 * @param magic of statfs(2)
 */
export const kindOfFilesystem = (magic: number): TargetKind => {
  if (magic === SYSFS) return 'machine'
  if (magic === FUSE) return 'model'
  return COPIES.has(magic) ? 'copy' : 'machine'
}

/** @param sysroot undefined for the root of this process */
export const targetKind = (sysroot: string | undefined): TargetKind =>
  kindOfFilesystem(statfsSync(join(sysroot ?? '/', MEMORY_DIRECTORY)).type)
