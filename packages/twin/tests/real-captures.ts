import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const FOLDER = fileURLToPath(new URL('../../../captures', import.meta.url))

/** The text of a capture of a real host. @param name without `.json.gz` */
export const captureText = (name: string): string =>
  gunzipSync(readFileSync(`${FOLDER}/${name}.json.gz`)).toString()

/** The names of all captures of real hosts. */
export const captureNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json.gz'))
    .map((file) => file.replace('.json.gz', ''))
