import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { type Capture, parseCapture } from '@memhp/capture'

export { PLUGINS } from '@memhp/platforms'

const folder = new URL('../../../scenarios/', import.meta.url)

/** The scenarios that ship with memhp: name and text. */
export const SHIPPED: readonly (readonly [name: string, text: string])[] = readdirSync(
  fileURLToPath(folder),
)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')])

/** Loads a capture that a shipped scenario names. */
export const loadCapture = (path: string): Capture =>
  parseCapture(gunzipSync(readFileSync(new URL(path, folder))).toString())
