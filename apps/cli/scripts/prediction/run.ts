// Boots guests of several shapes and holds predictions against what their kernels do: docs/prediction.json, and the page of it.
// `pnpm docs:prediction`, or with names of worlds for those alone. It takes half an hour.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { predictionPage } from './page'
import { type Survey, survey } from './survey'
import { WORLDS } from './worlds'

const place = (name: string): string =>
  fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url))
const RESULTS = place('prediction.json')

const known = existsSync(RESULTS)
  ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as readonly Survey[])
  : []
const surveys = new Map(known.map((each) => [each.world, each]))
const asked = process.argv.slice(2)

for (const world of WORLDS) {
  if (asked.length > 0 && !asked.includes(world.name)) continue
  try {
    surveys.set(world.name, await survey(world, (line) => console.log(line)))
  } catch (error) {
    console.error(world.name, error)
    process.exitCode = 1
  }
  const inOrder = WORLDS.flatMap(({ name }) => surveys.get(name) ?? [])
  writeFileSync(RESULTS, `${JSON.stringify(inOrder)}\n`)
  writeFileSync(place('prediction.md'), predictionPage(inOrder))
}
