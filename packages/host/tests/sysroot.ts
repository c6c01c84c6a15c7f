import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Capture } from '@memhp/capture'
import { onTestFinished } from 'vitest'

/** An empty folder that goes when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-host-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Lays a capture out as files and links below a folder. */
export function layOut(capture: Capture, root: string): void {
  const made = (path: string): string => {
    const place = join(root, path)
    mkdirSync(dirname(place), { recursive: true })
    return place
  }
  for (const path of capture.directories) mkdirSync(join(root, path), { recursive: true })
  for (const [path, text] of Object.entries(capture.files))
    writeFileSync(made(path), text, { mode: 0o444 })
  for (const [path, target] of Object.entries(capture.links)) symlinkSync(target, made(path))
  for (const [path, octal] of Object.entries(capture.modes)) {
    if (capture.files[path] === undefined) writeFileSync(made(path), '')
    chmodSync(join(root, path), Number.parseInt(octal, 8))
  }
}
