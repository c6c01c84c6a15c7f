import { lstatSync } from 'node:fs'
import type { LocalTree } from '@memhp/core'
import { COUNTER_FILES, PAGE_FILES } from '@memhp/kernel-files'
import { MountError } from '../mount-error'
import { devicePaths } from '../tree/devices'

/** A path of the machine that lies over the same path of the host. */
export interface Place {
  readonly path: string
  /** `hidden`: the host has it, and the machine has not. */
  readonly kind: 'directory' | 'file' | 'hidden'
}

/** Directories of which a machine has a part, and the host the rest: they show both. All else of the machine hides the host's. */
const SHARED: readonly string[] = [
  '/',
  '/proc',
  '/sys',
  '/sys/bus',
  '/sys/dev',
  '/sys/devices',
  '/sys/devices/system',
  '/sys/devices/virtual',
  '/sys/firmware',
  '/sys/kernel',
  '/sys/kernel/debug',
  '/sys/kernel/mm',
  '/sys/module',
]

/** What tells of memory, or changes it. Where the machine has not got it, its programs must not find the host's. */
const OF_MEMORY: readonly string[] = [
  '/sys/devices/system/memory',
  '/sys/devices/system/node',
  '/sys/bus/acpi',
  '/sys/bus/dax',
  '/sys/bus/memory',
  '/sys/bus/node',
  '/sys/devices/system/xen_memory',
  '/sys/firmware/memmap',
  '/sys/firmware/memory',
  '/sys/kernel/debug/notifier-error-inject/memory',
  '/sys/kernel/dlpar',
  '/sys/module/memory_hotplug',
]

/** What the host has at a path. A link counts as its own kind: nothing is mounted on what it leads to. */
function kindOnHost(path: string): 'directory' | 'file' | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return undefined
  return found.isDirectory() ? 'directory' : 'file'
}

/**
 * Where the files of a machine go over those of the host: as few places as show the machine whole.
 * @throws MountError HOST_WOULD_SHOW where a file of /proc would be the host's still
 */
export function placesOf(tree: LocalTree): readonly Place[] {
  const below = (path: string): readonly Place[] => {
    const entry = tree.lookup(path)
    if (entry === undefined || entry.kind === 'link') return []
    if (SHARED.includes(path)) {
      const names = tree.list(path)
      return names.flatMap((name) => below(path === '/' ? `/${name}` : `${path}/${name}`))
    }
    // A directory in which a path is missing is put together anew. That of /proc cannot be: its entries depend on who looks.
    const canShow = kindOnHost(path) === entry.kind || !path.startsWith('/proc/')
    return canShow ? [{ path, kind: entry.kind }] : []
  }
  // They cannot be hidden where the machine has not got them.
  const hosts = [...COUNTER_FILES, ...PAGE_FILES].filter(
    (path) => tree.lookup(path) === undefined && kindOnHost(path) !== undefined,
  )
  if (hosts.length > 0) {
    const message = `the machine has no ${hosts.join(', ')}: a program would read the host’s`
    const remedy = 'make the machine with subsystems: SUBSYSTEMS of @memhp/core'
    throw new MountError('HOST_WOULD_SHOW', message, remedy)
  }
  const hidden = OF_MEMORY.filter(
    (path) => tree.lookup(path) === undefined && kindOnHost(path) !== undefined,
  )
  return [
    ...hidden.map((path) => ({ path, kind: 'hidden' }) as const),
    ...below('/'),
    ...devicePaths(tree).map((path) => ({ path, kind: 'file' }) as const),
  ]
}
