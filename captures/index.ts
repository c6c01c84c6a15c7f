// Captures of real hosts (README.md), for tests.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const ENDING = '.json.gz'

/** The text of a capture. @param name without `.json.gz` */
export const captureText = (name: string): string =>
  gunzipSync(readFileSync(join(import.meta.dirname, `${name}${ENDING}`))).toString()

/** The names of all captures, sorted. */
export const captureNames = (): string[] =>
  readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort()
