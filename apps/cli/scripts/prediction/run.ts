// Boots guests of several shapes and holds predictions against what their kernels do: results.json.gz, and docs/prediction.md of it.
// `pnpm docs:prediction`, or with names of worlds for those alone. It takes half an hour.
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { predictionPage } from './page'
import { RESULTS, readResults, writeResults } from './results'
import { type Survey, survey } from './survey'
import { WORLDS } from './worlds'

const PAGE = fileURLToPath(new URL('../../../../docs/prediction.md', import.meta.url))

const known: readonly Survey[] = existsSync(RESULTS) ? readResults() : []
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
  writeResults(inOrder)
  writeFileSync(PAGE, predictionPage(inOrder))
}
