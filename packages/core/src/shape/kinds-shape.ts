import { checkedShape, choiceShape, type FieldShapes, recordShape, type Shape } from './shape'
import { shapeFault } from './shape-fault'

/** A member of a union, which its `kind` tells from the others. */
interface Kinded {
  readonly kind: string
}

/** Shapes of the members of a union, by their `kind`. @beta */
export type ShapesByKind<T extends Kinded> = Readonly<Record<T['kind'], Shape<never>>>

/** Makes the shapes of the members of a union. @param members the fields of each, but for `kind` @beta */
// @__NO_SIDE_EFFECTS__
export const shapesByKind = <T extends Kinded>(
  members: {
    readonly [K in T['kind']]: FieldShapes<Omit<Extract<T, { readonly kind: K }>, 'kind'>>
  },
): ShapesByKind<T> =>
  Object.fromEntries(
    Object.entries<object>(members).map(([kind, fields]) => [
      kind,
      recordShape({ kind: choiceShape(kind), ...fields }),
    ]),
  ) as ShapesByKind<T>

/** The shape of the member that a value says it is; undefined where it says none. @beta */
export function shapeOfKind<T extends Kinded>(
  value: unknown,
  shapes: ShapesByKind<T>,
): Shape<never> | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined
  const { kind } = value
  const isKnown = typeof kind === 'string' && Object.hasOwn(shapes, kind)
  return isKnown ? shapes[kind as T['kind']] : undefined
}

/** Any member of a union. @param words what one is called: `a step of a plan` @beta */
// @__NO_SIDE_EFFECTS__
export const kindsShape = <T extends Kinded>(words: string, shapes: ShapesByKind<T>): Shape<T> =>
  checkedShape<T>(words, (value) => {
    const shape = shapeOfKind(value, shapes)
    return shape !== undefined && shapeFault(shape, value) === undefined
  })
