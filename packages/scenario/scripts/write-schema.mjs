// Writes the published JSON Schema from the code: pnpm --filter @memhp/scenario schema
import { writeFileSync } from 'node:fs'
import { scenarioJsonSchema } from '../src/index'

const file = new URL('../schema/memhp-scenario-1.schema.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`)
