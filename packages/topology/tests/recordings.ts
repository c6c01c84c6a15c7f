import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { FlatTrace } from '@memhp/capture'

const ORACLE = new URL('../../../../shared/oracle/', import.meta.url)

/** Path to text: see the README of the recordings. */
export type FlatView = FlatTrace['boot']

/** What these tests need of a recording of a real kernel. */
export interface Recording extends FlatTrace {
  readonly name: string
  readonly steps: readonly { readonly set: FlatView; readonly gone: readonly string[] }[]
}

/** Every recording beside the checkout; none where there is no such folder. */
export function recordings(): readonly Recording[] {
  if (!existsSync(ORACLE)) return []
  const folders = readdirSync(ORACLE, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )
  return folders.flatMap(({ name }) => {
    const folder = new URL(`${name}/`, ORACLE)
    return readdirSync(folder)
      .filter((file) => file.endsWith('.json.gz'))
      .map((file) => {
        const text = gunzipSync(readFileSync(new URL(file, folder))).toString()
        return JSON.parse(text) as Recording
      })
  })
}

/** The flat view after the last step. */
export function endOf({ boot, steps }: Recording): FlatView {
  const view: Record<string, string> = { ...boot }
  for (const { set, gone } of steps) {
    Object.assign(view, set)
    for (const key of gone) delete view[key]
  }
  return view
}
