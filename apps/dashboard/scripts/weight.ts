// What the page loads at first, packed as a server sends it: all scripts, the worker with the model among them.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const DIST = fileURLToPath(new URL('../dist/', import.meta.url))

/** Most bytes of script, gzipped, on first load. */
export const MOST_SCRIPT_BYTES = 300_000

/** Names of scripts that a script imports before it runs. */
const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g)].flatMap(
    ([, name]) => name ?? [],
  )

/** Scripts that are loaded before anything is clicked on, with their sizes. */
export function firstScripts(): readonly {
  readonly name: string
  readonly gzippedBytes: number
}[] {
  const assets = readdirSync(`${DIST}assets`)
  const page = readFileSync(`${DIST}index.html`, 'utf8')
  const named = [...page.matchAll(/assets\/([^"']+\.js)/g)].flatMap(([, name]) => name ?? [])
  const wanted = [...named, ...assets.filter((name) => /^worker-.*\.js$/.test(name))]
  const found = new Map<string, number>()
  for (const name of wanted) {
    if (found.has(name)) continue
    const text = readFileSync(`${DIST}assets/${name}`)
    found.set(name, gzipSync(text).length)
    wanted.push(...importsOf(text.toString()))
  }
  return [...found].map(([name, gzippedBytes]) => ({ name, gzippedBytes }))
}
