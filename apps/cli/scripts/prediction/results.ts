import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Survey } from './survey'

/** Where the results of all guests are kept. */
export const RESULTS = fileURLToPath(new URL('results.json.gz', import.meta.url))

export const readResults = (): readonly Survey[] =>
  JSON.parse(gunzipSync(readFileSync(RESULTS)).toString()) as readonly Survey[]

export const writeResults = (surveys: readonly Survey[]): void =>
  writeFileSync(RESULTS, gzipSync(JSON.stringify(surveys)))
