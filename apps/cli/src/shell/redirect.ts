import { ERRNO_MESSAGES, type Errno, isHotplugError, type LocalTree } from '@memhp/core'
import { type CollectedText, collectText } from './collected-text'
import { absolutePath, entryAt, isDirectory, realPath } from './paths'
import type { ShellIo } from './state'

/** Where a redirect leads, with its word expanded. */
export type Target =
  | { readonly kind: 'write'; readonly fd: 1 | 2; readonly path: string }
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'duplicate'; readonly fd: 1 | 2; readonly from: 1 | 2 }

/** A file that collects what a command writes, until it ends. */
interface OpenFile {
  readonly path: string
  readonly written: CollectedText
}

/** What a command reads and writes once its redirects are obeyed. */
export interface Redirected {
  readonly io: ShellIo
  /** Writes what was collected, each file with one write(2). @throws HotplugError as the file refuses */
  readonly close: () => void
}

const NULL_DEVICE = '/dev/null'

const isWritable = (mode: number): boolean => (mode & 0o222) !== 0

/** Why a file cannot be opened for writing, in a shell's words; undefined where it can. */
function refusalToWrite(tree: LocalTree, path: string): string | undefined {
  if (path === NULL_DEVICE) return undefined
  const real = realPath(tree, path)
  const entry = real === undefined ? undefined : entryAt(tree, real)
  if (entry === undefined) {
    const parent = path.slice(0, path.lastIndexOf('/')) || '/'
    return isDirectory(tree, parent) ? ERRNO_MESSAGES.EACCES : 'nonexistent directory'
  }
  if (entry.kind === 'directory') return ERRNO_MESSAGES.EISDIR
  return isWritable(entry.mode) ? undefined : ERRNO_MESSAGES.EACCES
}

function readInput(tree: LocalTree, path: string): string {
  return path === NULL_DEVICE ? '' : tree.read(path)
}

/**
 * Obeys redirects, from left to right.
 * @returns what a shell says where a file cannot be opened
 */
export function redirect(
  tree: LocalTree,
  from: { readonly io: ShellIo; readonly cwd: string; readonly targets: readonly Target[] },
): Redirected | { readonly refusal: string } {
  const { io, cwd } = from
  const files: OpenFile[] = []
  const sinks: Record<1 | 2, ShellIo['out']> = { 1: io.out, 2: io.err }
  let { stdin } = io
  let isShown = true
  for (const target of from.targets) {
    if (target.kind === 'duplicate') {
      sinks[target.fd] = sinks[target.from]
      continue
    }
    const path = absolutePath(cwd, target.path)
    if (target.kind === 'read') {
      try {
        stdin = readInput(tree, path)
      } catch (error) {
        if (!isHotplugError(error)) throw error
        const why = error.errno === 'ENOENT' ? 'no such file' : ERRNO_MESSAGES[error.errno]
        return { refusal: `can't open ${target.path}: ${why}` }
      }
      continue
    }
    const refusal = refusalToWrite(tree, path)
    if (refusal !== undefined) return { refusal: `can't create ${target.path}: ${refusal}` }
    const written = collectText()
    if (path !== NULL_DEVICE) files.push({ path, written })
    sinks[target.fd] = path === NULL_DEVICE ? () => undefined : written.add
    if (target.fd === 1) isShown = false
  }
  const { columns } = io
  return {
    io: {
      stdin,
      out: sinks[1],
      err: sinks[2],
      ...(columns === undefined || !isShown ? {} : { columns }),
    },
    close: () => {
      for (const { path, written } of files) if (written.text !== '') tree.write(path, written.text)
    },
  }
}

/** The words of strerror(3) for a refusal. */
export const strerror = (errno: Errno): string => ERRNO_MESSAGES[errno]
