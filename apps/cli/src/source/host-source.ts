import { machine } from 'node:os'
import { hostTree } from '@memhp/host'
import { checkFolder } from '../file-problem'
import type { OpenedSource } from './opened-source'

/** This host, to be read. */
export const openHost = (): OpenedSource => ({ tree: hostTree(), known: { arch: machine() } })

/**
 * A folder that holds a copy of /sys and /proc, to be read.
 * @throws CliError for what is not a folder
 */
export async function openFolder(path: string): Promise<OpenedSource> {
  await checkFolder(path, `--capture ${path}, if it is a capture`)
  return { tree: hostTree({ sysroot: path }), known: {} }
}
