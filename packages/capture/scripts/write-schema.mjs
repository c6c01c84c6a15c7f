// Writes the published JSON Schema from the code: pnpm --filter @memhp/capture schema
import { writeFileSync } from 'node:fs'
import { captureJsonSchema } from '../src/index'

const file = new URL('../schema/memhp-capture-1.schema.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(captureJsonSchema(), null, 2)}\n`)
