import type { Shape } from '@memhp/core/plugin'
import { captureShape } from './capture-shape'

/** A part of a JSON Schema, draft 2020-12. */
type JsonSchema = Readonly<Record<string, unknown>>

/** Words for the readers of the schema, by the names that lead to a value; `*` is any key or entry, `key` a key. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  tool: 'What took the capture.',
  arch: 'What uname -m prints.',
  kernelRelease: 'What uname -r prints.',
  'cpu/flags': 'Flags of /proc/cpuinfo that decide how the kernel maps memory.',
  'cpu/mmu': 'The MMU line of /proc/cpuinfo (Power), or the mmu line.',
  files: 'The text of each file by path, with its final newline.',
  links: 'The text of each link by path.',
  directories: 'Directories that hold nothing else.',
  fileMode: 'Permission bits in octal of a file that `modes` does not name; default 444.',
  modes:
    'Permission bits in octal where they are not `fileMode`. A file named only here cannot be read.',
  'unreadable/*/assume': 'What a twin takes for true instead.',
  pages: 'What /proc/kpageflags said, by block.',
  'pages/blocks/*/counts': 'Pages by class; classes without pages are left out.',
  'pages/blocks/*/freeChunks':
    'Chunks of free memory by order, cut from the free runs at natural alignment.',
}
const PATH_DESCRIPTION = 'An absolute path of the host, without . and .. in it.'
/** Values that are paths of the host. */
const PATHS: readonly string[] = [
  'files/key',
  'links/key',
  'directories/*',
  'modes/key',
  'unreadable/*/path',
  'redacted/*/path',
]

/** @param place the names that lead to the value */
function schemaOf(shape: Shape<unknown>, place: readonly string[]): JsonSchema {
  const name = place.join('/')
  const description = PATHS.includes(name) ? PATH_DESCRIPTION : DESCRIPTIONS[name]
  return { ...typeOf(shape, place), ...(description === undefined ? {} : { description }) }
}

function typeOf(shape: Shape<unknown>, place: readonly string[]): JsonSchema {
  switch (shape.kind) {
    case 'text':
      return {
        type: 'string',
        format: shape.format,
        minLength: shape.least,
        maxLength: shape.most,
        pattern: shape.pattern?.source,
      }
    case 'whole':
      return { type: 'integer', minimum: shape.least, maximum: shape.most }
    case 'choice':
      return shape.values.length === 1 ? { const: shape.values[0] } : { enum: shape.values }
    case 'checked':
      return {}
    case 'nullable':
      return { anyOf: [typeOf(shape.of, place), { type: 'null' }] }
    case 'list':
      return {
        type: 'array',
        items: schemaOf(shape.of, [...place, '*']),
        maxItems: Number.isFinite(shape.most) ? shape.most : undefined,
      }
    case 'map':
      return {
        type: 'object',
        propertyNames: schemaOf(shape.keys, [...place, 'key']),
        additionalProperties: schemaOf(shape.of, [...place, '*']),
      }
    case 'record': {
      const fields = Object.entries(shape.fields)
      return {
        type: 'object',
        properties: Object.fromEntries(
          fields.map(([name, field]) => [name, schemaOf(field, [...place, name])]),
        ),
        required: fields.filter(([, { optional }]) => optional !== true).map(([name]) => name),
        additionalProperties: false,
      }
    }
  }
}

/** The JSON Schema of the format, draft 2020-12. Ships as `schema/memhp-capture-1.schema.json`. */
export const captureJsonSchema = (): object => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'memhp capture, version 1',
  description: 'One Linux host’s memory state.',
  ...typeOf(captureShape(), []),
})
