import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CliError } from '../errors'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.yaml': 'text/yaml; charset=utf-8',
}

/** A file of the page. */
export interface PageFile {
  readonly type: string
  read(): Promise<Buffer>
}

/** Where the built page is: beside the built command, or, of sources, where it is built. */
const FOLDERS = ['./dashboard/', '../../../dashboard/dist/'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)

/** Files of the page by their paths. Only files found at the start are ever served. @throws CliError where it is not built */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const folder = FOLDERS.find((each) => existsSync(join(each, 'index.html')))
  if (folder === undefined)
    throw new CliError('the page is not built', {
      remedy: 'turbo run build --filter=memhp-dashboard',
    })
  const files = new Map<string, PageFile>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const place = join(entry.parentPath, entry.name)
    const path = `/${place.slice(folder.length).replaceAll('\\', '/')}`
    const type = TYPES[extname(entry.name)] ?? 'application/octet-stream'
    files.set(path, { type, read: () => readFile(place) })
  }
  const start = files.get('/index.html')
  if (start !== undefined) files.set('/', start)
  return files
}
