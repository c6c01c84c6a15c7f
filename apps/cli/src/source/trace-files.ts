import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError } from '../errors'
import { withFile } from '../file-problem'

const TRACE_NAME = /\.json(?:\.gz)?$/

/** What a path stands for. */
export interface TraceSource {
  readonly path: string
  /** In a folder there may be other files too: what is not a trace is passed over there. */
  readonly kind: 'file' | 'folder'
  /** Files that may hold traces; those of a folder by name. */
  readonly files: readonly string[]
}

/** Traces are not looked for in what package managers and tools keep. */
const isSearched = ({ name }: Dirent): boolean => name !== 'node_modules' && !name.startsWith('.')

/** Files of a folder and of all below it that have a trace's name. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await withFile(folder, async () => readdir(folder, { withFileTypes: true }))
  const found = await Promise.all(
    entries.filter(isSearched).map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return filesIn(path)
      return TRACE_NAME.test(entry.name) ? [path] : []
    }),
  )
  return found.flat().sort()
}

/** @returns that the folder has no trace, as an error for the user */
export const noTraceIn = (folder: string): CliError =>
  new CliError(`${folder} holds no trace`, { remedy: 'name traces: *.json or *.json.gz' })

/**
 * The files that a path stands for: itself, or those of a folder.
 * @throws CliError where nothing is there, and for a folder without any such file
 */
export async function traceSource(path: string): Promise<TraceSource> {
  const stats = await withFile(path, async () => stat(path))
  if (!stats.isDirectory()) return { path, kind: 'file', files: [path] }
  const files = await filesIn(path)
  if (files.length === 0) throw noTraceIn(path)
  return { path, kind: 'folder', files }
}
