import { z } from 'zod'
import type { ActionKind } from '../format/action'
import { ACTIONS } from '../schema/actions'

/** A field of an action as a scenario writes it. */
export interface ActionField {
  readonly name: string
  readonly isOptional: boolean
  /** The words that it may be, where it is one of some. */
  readonly words: readonly string[]
}

type Schema = z.core.JSONSchema.JSONSchema

/** The forms that a value may have: a map of fields, or what stands for one. */
const formsOf = (schema: Schema): readonly Schema[] =>
  schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(formsOf)

/** The fields of an action in their order, as its schema has them: for usage lines and forms. */
export function actionFields(kind: ActionKind): readonly ActionField[] {
  const schema = z.toJSONSchema(ACTIONS[kind].argument, { io: 'input', unrepresentable: 'any' })
  const form = formsOf(schema).find(({ properties }) => properties !== undefined)
  return Object.entries(form?.properties ?? {}).map(([name, field]) => ({
    name,
    isOptional: form?.required?.includes(name) !== true,
    words: typeof field === 'object' ? (field.enum ?? []).map(String) : [],
  }))
}
