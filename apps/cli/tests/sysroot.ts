import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Capture } from '@memhp/capture'
import { onTestFinished } from 'vitest'

/** A separate folder for one test, removed when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'memhp-cli-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Writes files and links of a host below a new folder. `-> target` is a link. */
export async function writeSysroot(texts: Readonly<Record<string, string>>): Promise<string> {
  const root = await temporaryFolder()
  for (const [path, text] of Object.entries(texts)) {
    const place = join(root, path)
    await mkdir(dirname(place), { recursive: true })
    if (text.startsWith('-> ')) await symlink(text.slice(3), place)
    else await writeFile(place, text)
  }
  return root
}

/** Writes what a capture holds below a new folder. */
export async function writeCaptureSysroot({ files, links, modes }: Capture): Promise<string> {
  const unread = Object.keys(modes).filter((path) => files[path] === undefined)
  return writeSysroot({
    ...files,
    ...Object.fromEntries(unread.map((path) => [path, ''])),
    ...Object.fromEntries(Object.entries(links).map(([path, target]) => [path, `-> ${target}`])),
  })
}
