import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { FlatTrace } from '../src/index'

/** Folder of recorded runs: MEMHP_ORACLE, else `shared/oracle` beside the checkout. */
const ORACLE =
  process.env.MEMHP_ORACLE ?? fileURLToPath(new URL('../../../../shared/oracle', import.meta.url))

/** Every recorded run that starts with a flat view, with its name. */
export function readTraces(): (readonly [name: string, trace: FlatTrace])[] {
  return readdirSync(ORACLE, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(ORACLE, name)).map((file) => join(ORACLE, name, file)))
    .filter((file) => file.endsWith('.json.gz'))
    .map((file) => {
      const trace = JSON.parse(gunzipSync(readFileSync(file)).toString()) as FlatTrace & {
        name: string
      }
      return [trace.name, trace] as const
    })
}
