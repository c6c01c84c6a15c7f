// What values from outside must be, as data: `shapeFault` checks values by it, and a JSON Schema can be written from it.

/** What a text must be. Lengths in characters. @beta */
export interface TextLimits {
  /** Default 0. */
  readonly least?: number
  /** Default: any number. */
  readonly most?: number
  readonly pattern?: RegExp
  /** What such a text is called: `a time in UTC`. Default `a text`. */
  readonly words?: string
  /** The format's name in JSON Schema, where it has one that the pattern says as well. */
  readonly format?: string
}

/** A field of a record. */
type Field = Rule & { readonly optional?: true }

/** Shapes by kind. */
type Rule =
  | (TextLimits & { readonly kind: 'text' })
  | { readonly kind: 'whole'; readonly least: number; readonly most: number }
  | { readonly kind: 'choice'; readonly values: readonly (string | number | boolean)[] }
  | {
      readonly kind: 'checked'
      readonly words: string
      readonly is: (value: unknown) => boolean
    }
  | { readonly kind: 'nullable'; readonly of: Rule }
  | { readonly kind: 'list'; readonly of: Rule; readonly most: number }
  | { readonly kind: 'map'; readonly keys: Rule; readonly of: Rule }
  | { readonly kind: 'record'; readonly fields: Readonly<Record<string, Field>> }

/** What a value must be to be a `T`. @beta */
export type Shape<T> = Rule & {
  /** Never present: what the values are to the compiler. */
  readonly type?: T
}

/** A field that may be left out. @beta */
export type OptionalShape<T> = Shape<T> & { readonly optional: true }

/** The shape of each field of `T`: those that may be absent are marked so. @beta */
export type FieldShapes<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K>
    ? OptionalShape<Exclude<T[K], undefined>>
    : Shape<T[K]>
}

/** Texts within limits. @beta */
// @__NO_SIDE_EFFECTS__
export const textShape = (limits: TextLimits = {}): Shape<string> => ({ kind: 'text', ...limits })

/** Whole numbers from `least` to `most`, both included. @beta */
// @__NO_SIDE_EFFECTS__
export const wholeShape = (
  least: number = 0,
  most: number = Number.MAX_SAFE_INTEGER,
): Shape<number> => ({ kind: 'whole', least, most })

/** One of a few values. @beta */
// @__NO_SIDE_EFFECTS__
export const choiceShape = <const T extends string | number | boolean>(
  ...values: readonly T[]
): Shape<T> => ({ kind: 'choice', values })

/** True or false. @beta */
export const FLAG_SHAPE: Shape<boolean> = /* @__PURE__ */ choiceShape<boolean>(true, false)

/**
 * Values that code tells from others.
 * @param words what such a value is called: `a power of two`
 * @beta
 */
// @__NO_SIDE_EFFECTS__
export const checkedShape = <T>(words: string, is: (value: unknown) => boolean): Shape<T> => ({
  kind: 'checked',
  words,
  is,
})

/** Values of a shape, or null. @beta */
// @__NO_SIDE_EFFECTS__
export const nullableShape = <T>(of: Shape<T>): Shape<T | null> => ({ kind: 'nullable', of })

/** Lists of values of one shape, at most `most` of them. @beta */
// @__NO_SIDE_EFFECTS__
export const listShape = <T>(
  of: Shape<T>,
  most: number = Number.POSITIVE_INFINITY,
): Shape<readonly T[]> => ({ kind: 'list', of, most })

/** Objects with any keys of one shape, and values of one shape. @beta */
// @__NO_SIDE_EFFECTS__
export const mapShape = <T>(
  of: Shape<T>,
  keys: Shape<string> = textShape(),
): Shape<Readonly<Record<string, T>>> => ({ kind: 'map', keys, of })

/** Objects with these fields and no others. A field whose shape holds the record itself is a getter. @beta */
// @__NO_SIDE_EFFECTS__
export const recordShape = <T extends object>(fields: FieldShapes<T>): Shape<T> => ({
  kind: 'record',
  fields,
})

/** The same, for a field that may be left out. @beta */
// @__NO_SIDE_EFFECTS__
export const optionalShape = <T>(shape: Shape<T>): OptionalShape<T> => ({
  ...shape,
  optional: true,
})

/** What any object is, whatever it holds. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object whose fields are checked elsewhere. @beta */
// @__NO_SIDE_EFFECTS__
export const objectShape = <T extends object>(): Shape<T> => checkedShape('an object', isObject)
