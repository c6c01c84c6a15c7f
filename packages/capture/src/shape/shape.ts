// How values of a capture are checked, and how JSON Schema describes them: one declaration for both.

/** A place in a value and what is wrong there. */
export interface ShapeFault {
  readonly keys: readonly PropertyKey[]
  readonly message: string
}

/** A part of a JSON Schema, draft 2020-12. */
type JsonSchema = Readonly<Record<string, unknown>>

/** Values of one kind. */
export interface Shape<T> {
  readonly json: JsonSchema
  /** What is wrong first with a value; undefined where it is a `T`. Nothing is copied. */
  readonly fault: (value: unknown) => ShapeFault | undefined
  /** Never there: what the values are to the compiler. */
  readonly type?: T
}

/** A field that may be left out. */
export interface Optional<T> extends Shape<T> {
  readonly optional: true
}

/** Most characters of a wrong text that a message repeats. */
const MOST_SHOWN = 60

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value !== 'string') return String(value)
  return JSON.stringify(value.length <= MOST_SHOWN ? value : `${value.slice(0, MOST_SHOWN)}…`)
}

const unexpected = (expected: string, value: unknown): ShapeFault => ({
  keys: [],
  message: `expected ${expected}, found ${shown(value)}`,
})

const below = (key: PropertyKey, fault: ShapeFault): ShapeFault => ({
  keys: [key, ...fault.keys],
  message: fault.message,
})

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a text must be. */
export interface TextLimits {
  /** Fewest characters; default 0. */
  readonly least?: number
  /** Most characters; default: any number. */
  readonly most?: number
  readonly pattern?: RegExp
  /** What is wrong with a text that does not fit the pattern. */
  readonly orElse?: string
  /** The format's name in JSON Schema, where it has one that the pattern says as well. */
  readonly format?: string
}

/** Texts within limits. */
// @__NO_SIDE_EFFECTS__
export function text(limits: TextLimits): Shape<string> {
  const { least = 0, most = Number.POSITIVE_INFINITY, pattern, orElse = 'not as expected' } = limits
  return {
    json: {
      type: 'string',
      ...(limits.format === undefined ? {} : { format: limits.format }),
      ...(limits.least === undefined ? {} : { minLength: least }),
      ...(limits.most === undefined ? {} : { maxLength: most }),
      ...(pattern === undefined ? {} : { pattern: pattern.source }),
    },
    fault(value) {
      if (typeof value !== 'string') return unexpected('a text', value)
      if (value.length < least) return unexpected(`at least ${least} characters`, value)
      if (value.length > most) return unexpected(`at most ${most} characters`, value)
      return pattern?.test(value) === false ? { keys: [], message: orElse } : undefined
    },
  }
}

/** Integers from `least` to `most`, both included. */
// @__NO_SIDE_EFFECTS__
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return {
    json: { type: 'integer', minimum: least, maximum: most },
    fault: (value) =>
      Number.isInteger(value) && Number(value) >= least && Number(value) <= most
        ? undefined
        : unexpected(`an integer from ${least} to ${most}`, value),
  }
}

/** The one value. */
// @__NO_SIDE_EFFECTS__
export function constant<T extends string | number>(value: T): Shape<T> {
  return {
    json: { const: value },
    fault: (other) => (other === value ? undefined : unexpected(JSON.stringify(value), other)),
  }
}

/** Lists of items, at most `most` of them. */
// @__NO_SIDE_EFFECTS__
export function list<T>(
  item: Shape<T>,
  most: number = Number.POSITIVE_INFINITY,
): Shape<readonly T[]> {
  return {
    json: {
      type: 'array',
      items: item.json,
      ...(most === Number.POSITIVE_INFINITY ? {} : { maxItems: most }),
    },
    fault(value) {
      if (!Array.isArray(value)) return unexpected('a list', value)
      if (value.length > most) {
        return { keys: [], message: `expected at most ${most} entries, found ${value.length}` }
      }
      for (const [index, entry] of value.entries()) {
        const fault = item.fault(entry)
        if (fault !== undefined) return below(index, fault)
      }
      return undefined
    },
  }
}

/** Objects with any keys of one kind, and values of one kind. */
// @__NO_SIDE_EFFECTS__
export function map<T>(key: Shape<string>, item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    json: { type: 'object', propertyNames: key.json, additionalProperties: item.json },
    fault(value) {
      if (!isObject(value)) return unexpected('an object', value)
      for (const name of Object.keys(value)) {
        const fault = key.fault(name) ?? item.fault(value[name])
        if (fault !== undefined) return below(name, fault)
      }
      return undefined
    },
  }
}

/** The shape of each field of `T`: those that may be absent are marked so. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K>
    ? Optional<Exclude<T[K], undefined>>
    : Shape<T[K]>
}

/** Objects with these fields and no others. */
// @__NO_SIDE_EFFECTS__
export function record<T extends object>(fields: Fields<T>): Shape<T> {
  const entries = Object.entries<Shape<unknown> | Optional<unknown>>(fields)
  const required = entries.filter(([, field]) => !('optional' in field)).map(([name]) => name)
  return {
    json: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, field]) => [name, field.json])),
      required,
      additionalProperties: false,
    },
    fault(value) {
      if (!isObject(value)) return unexpected('an object', value)
      for (const [name, field] of entries) {
        if (Object.hasOwn(value, name)) {
          const fault = field.fault(value[name])
          if (fault !== undefined) return below(name, fault)
        } else if (!('optional' in field)) return { keys: [name], message: 'missing' }
      }
      const other = Object.keys(value).find((name) => !Object.hasOwn(fields, name))
      return other === undefined ? undefined : { keys: [], message: `unknown key ${shown(other)}` }
    },
  }
}

/** The same, for a field that may be left out. */
// @__NO_SIDE_EFFECTS__
export function optional<T>(shape: Shape<T>): Optional<T> {
  return { ...shape, optional: true }
}

/** The same, with words for its readers in the JSON Schema. */
// @__NO_SIDE_EFFECTS__
export function described<S extends Shape<unknown>>(shape: S, description: string): S {
  return { ...shape, json: { ...shape.json, description } }
}
