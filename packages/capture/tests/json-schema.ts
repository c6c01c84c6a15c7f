import { toJsonSchema } from '@valibot/to-json-schema'
import { CAPTURE_SCHEMA } from '../src/schema'

/** The JSON Schema of the format, draft 2020-12, as it ships. */
export const captureJsonSchema = (): object =>
  toJsonSchema(CAPTURE_SCHEMA, { target: 'draft-2020-12', typeMode: 'output' })
