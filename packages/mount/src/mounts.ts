import { readFileSync } from 'node:fs'
import { MOUNT_TYPE } from './fuse/mount-point'

/** The directories at which machines of memhp are mounted, in this namespace. @public */
export function mountedDirectories(): readonly string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === MOUNT_TYPE)
    .map(([, directory = '']) => unescapeMount(directory))
}

/** Blanks are octal numbers in /proc/mounts. Source: proc(5), getmntent(3). */
const unescapeMount = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
