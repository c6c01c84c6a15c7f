import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
} from 'yaml'
import type { SourcePlace } from '../format/place'
import { badScenario } from './problem'

/** Most characters of a scenario. */
const LONGEST = 2 ** 22

/** What a file says as plain data, and where it says so. */
export interface SourceDocument {
  readonly value: unknown
  /** Place of a value by the keys that lead to it, or of the nearest thing that is there. */
  placeOf(keys: readonly PropertyKey[]): SourcePlace
  /** Place of the last key itself. */
  placeOfKey(keys: readonly PropertyKey[]): SourcePlace
}

/**
 * Reads YAML (1.2, core schema) and keeps the places.
 * @throws HotplugError BAD_SCENARIO with the place
 */
export function readDocument(text: string, file: string): SourceDocument {
  const lines = new LineCounter()
  const placeAt = (offset: number): SourcePlace => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const start = { file, line: 1, column: 1 }
  if (text.length > LONGEST) {
    throw badScenario([{ place: start, message: `more than ${LONGEST} characters` }])
  }
  const document = parse(text, lines, start)
  // Later faults of the syntax mostly follow from the first.
  const [fault] = document.errors
  if (fault !== undefined) {
    const why = fault.code === 'RESOURCE_EXHAUSTION' ? 'nested too deeply' : fault.message
    throw badScenario([{ place: placeAt(fault.pos[0]), message: `YAML: ${why}` }], fault)
  }
  const place = (keys: readonly PropertyKey[], end: 'key' | 'value'): SourcePlace =>
    placeAt(findOffset(document, keys, end))
  return {
    value: plainValue(document, start),
    placeOf: (keys) => place(keys, 'value'),
    placeOfKey: (keys) => place(keys, 'key'),
  }
}

function parse(text: string, lineCounter: LineCounter, place: SourcePlace): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' })
  } catch (error) {
    // Nesting that is too deep ends the parser's recursion.
    throw badScenario([{ place, message: 'cannot be read as YAML' }], error)
  }
}

function plainValue(document: Document.Parsed, place: SourcePlace): unknown {
  try {
    const value: unknown = document.toJS()
    JSON.stringify(value)
    return value
  } catch (error) {
    // Aliases without an anchor, too many of them, or one that holds itself.
    const message = error instanceof Error ? error.message : String(error)
    throw badScenario([{ place, message: `cannot be read as YAML: ${message}` }], error)
  }
}

/** Goes down as far as there is something; the offset of the last thing found. */
function findOffset(
  document: Document.Parsed,
  keys: readonly PropertyKey[],
  end: 'key' | 'value',
): number {
  let node: unknown = document.contents
  let offset = rangeStart(node) ?? 0
  for (const [index, key] of keys.entries()) {
    const container = isAlias(node) ? node.resolve(document) : node
    const wantsKey = end === 'key' && index === keys.length - 1
    if (isMap(container)) {
      const pair = container.items.find((item) => keyText(item.key) === String(key))
      if (pair === undefined) return offset
      offset = rangeStart(pair.key) ?? offset
      if (wantsKey || pair.value === null) return offset
      node = pair.value
    } else if (isSeq(container)) {
      node = container.items[Number(key)]
    } else {
      return offset
    }
    offset = rangeStart(node) ?? offset
  }
  return offset
}

const keyText = (key: unknown): string => String(isScalar(key) ? key.value : key)

const rangeStart = (node: unknown): number | undefined =>
  isNode(node) ? node.range?.[0] : undefined
