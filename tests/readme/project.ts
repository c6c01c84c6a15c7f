import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ROOT, readPackages } from '../../scripts/workspace'

/** What a project of a user takes from this repository besides its packages. */
const LINKS = [
  'captures',
  'fuzz',
  'mutants',
  'packages',
  'recordings',
  'scenarios',
  'node_modules/.bin',
]
/** Packages of others that pages import. */
const OTHERS = ['@types', 'fast-check', 'vitest', 'tsx']

/** Writes the files and links of a capture below a folder. */
export async function writeSysroot(capture: string, folder: string): Promise<void> {
  const { files, links } = JSON.parse(gunzipSync(await readFile(capture)).toString()) as {
    readonly files: Readonly<Record<string, string>>
    readonly links: Readonly<Record<string, string>>
  }
  const at = async (path: string): Promise<string> => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    return join(folder, path)
  }
  for (const [path, text] of Object.entries(files)) await writeFile(await at(path), text)
  for (const [path, target] of Object.entries(links)) await symlink(target, await at(path))
}

/**
 * A folder as a user's project is: the packages of this repository are installed in it, and our captures, recordings
 * and scenarios lie beside it. What is written in it stays in it.
 */
export async function makeProject(): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'memhp-readme-'))
  const link = async (target: string, path: string): Promise<void> => {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await symlink(join(ROOT, target), join(project, path))
  }
  await writeFile(join(project, 'package.json'), '{ "type": "module" }\n')
  for (const path of LINKS) await link(path, path)
  for (const name of OTHERS) await link(`node_modules/${name}`, `node_modules/${name}`)
  for (const { folder, manifest } of readPackages())
    if (manifest.private !== true) await link(folder, `node_modules/${manifest.name}`)
  return project
}
