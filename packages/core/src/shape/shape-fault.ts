import { isObject, type Shape } from './shape'

/** A place in a value, as the keys that lead to it, and what is wrong there, as a sentence. @beta */
export interface ShapeFault {
  readonly keys: readonly (string | number)[]
  readonly message: string
}

/** Of objects and lists, one inside the other: a value may hold itself. */
const MOST_LEVELS = 64
/** Most characters of a wrong text that a message repeats. */
const MOST_SHOWN = 60

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'the list'
  if (typeof value === 'object' && value !== null) return 'the object'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`
}

const wrong = (message: string): ShapeFault => ({ keys: [], message })

const keysList = (fields: object): string => Object.keys(fields).join(', ')

/** What values of a shape are called. */
function wordsOf(shape: Shape<unknown>): string {
  switch (shape.kind) {
    case 'text':
      return shape.words ?? 'a text'
    case 'whole':
      return shape.most === Number.MAX_SAFE_INTEGER
        ? `a whole number of at least ${shape.least}`
        : `a whole number from ${shape.least} to ${shape.most}`
    case 'choice':
      return shape.values.map((value) => JSON.stringify(value)).join(' or ')
    case 'checked':
      return shape.words
    case 'nullable':
      return `${wordsOf(shape.of)}, or null`
    case 'list':
      return 'a list'
    case 'map':
      return 'an object'
    case 'record':
      return `an object with the keys ${keysList(shape.fields)}`
  }
}

const isWithin = (size: number, { least = 0, most = Number.POSITIVE_INFINITY }): boolean =>
  size >= least && size <= most

/** Whether a value is of the right type; what it holds is not looked at. */
function isOfType(shape: Shape<unknown>, value: unknown): boolean {
  switch (shape.kind) {
    case 'text':
      return (
        typeof value === 'string' &&
        isWithin(value.length, shape) &&
        shape.pattern?.test(value) !== false
      )
    case 'whole':
      return Number.isSafeInteger(value) && isWithin(Number(value), shape)
    case 'choice':
      return shape.values.some((known) => known === value)
    case 'checked':
      return shape.is(value)
    case 'nullable':
      return value === null || isOfType(shape.of, value)
    case 'list':
      return Array.isArray(value)
    case 'map':
    case 'record':
      return isObject(value)
  }
}

/** Where the walk is: inside how many objects and lists, and how keys of maps are gathered. */
interface Place {
  readonly level: number
  readonly keysOf: (map: object) => readonly string[]
}

const inside = ({ level, keysOf }: Place): Place => ({ level: level + 1, keysOf })

type Of<Kind> = Extract<Shape<unknown>, { readonly kind: Kind }>

const under = (key: string | number, { keys, message }: ShapeFault): ShapeFault => ({
  keys: [key, ...keys],
  message,
})

function listFault({ of, most }: Of<'list'>, value: readonly unknown[], at: Place) {
  if (value.length > most) return wrong(`${value.length} entries are more than ${most}.`)
  for (const [index, entry] of value.entries()) {
    const fault = faultOf(of, entry, at)
    if (fault !== undefined) return under(index, fault)
  }
  return undefined
}

function mapFault({ keys, of }: Of<'map'>, value: Readonly<Record<string, unknown>>, at: Place) {
  for (const key of at.keysOf(value)) {
    const fault = faultOf(keys, key, at) ?? faultOf(of, value[key], at)
    if (fault !== undefined) return under(key, fault)
  }
  return undefined
}

function recordFault(
  { fields }: Of<'record'>,
  value: Readonly<Record<string, unknown>>,
  at: Place,
) {
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(fields, key))
      return under(key, wrong(`this key is not known. Known are: ${keysList(fields)}.`))
  }
  for (const key of Object.keys(fields)) {
    const field = fields[key]
    if (field === undefined || (field.optional && value[key] === undefined)) continue
    const fault = faultOf(field, value[key], at)
    if (fault !== undefined) return under(key, fault)
  }
  return undefined
}

function faultOf(shape: Shape<unknown>, value: unknown, at: Place): ShapeFault | undefined {
  if (value === undefined) return wrong('is missing.')
  if (!isOfType(shape, value)) return wrong(`must be ${wordsOf(shape)}; ${shown(value)} is not.`)
  if (at.level > MOST_LEVELS) return wrong(`is more than ${MOST_LEVELS} levels deep.`)
  if (shape.kind === 'nullable') return value === null ? undefined : faultOf(shape.of, value, at)
  if (shape.kind === 'list' && Array.isArray(value)) return listFault(shape, value, inside(at))
  if (shape.kind === 'map' && isObject(value)) return mapFault(shape, value, inside(at))
  if (shape.kind === 'record' && isObject(value)) return recordFault(shape, value, inside(at))
  return undefined
}

/**
 * What is wrong first with a value; undefined where it has the shape. Nothing is copied.
 * @param keysOf the keys of a map, for who has gathered them already: of a large one that takes long
 * @beta
 */
export const shapeFault = (
  shape: Shape<unknown>,
  value: unknown,
  keysOf: (map: object) => readonly string[] = Object.keys,
): ShapeFault | undefined => faultOf(shape, value, { level: 0, keysOf })

/** The place of a fault as people write it: `nodes[1].cpus`; empty where the whole value is wrong. */
export const placeOf = ({ keys }: ShapeFault): string =>
  keys
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '')
