import { z } from 'zod'
import type { Action, ActionKind } from '../format/action'
import { SCENARIO_VERSION } from '../format/scenario'
import { ACTIONS } from './actions'
import { type ExpectForm, expectForm } from './expect'
import { type MachineForm, machineForm } from './machine'
import { errno, fields, oneOf, suggestion, text } from './values'

/** A step, read: the actions that it names (there should be one at most) and what stands beside them. */
export interface StepForm extends Readonly<Partial<Record<ActionKind, Action>>> {
  readonly note?: string
  readonly errno?: string
  readonly code?: string
  readonly expect?: ExpectForm
  readonly cured?: CuredForm
}

/** What is expected of a step instead where the machine's defects are left out. */
export interface CuredForm {
  readonly errno?: string
  readonly code?: string
  readonly expect?: ExpectForm
}

/** A whole file, read. */
export interface ScenarioForm {
  readonly 'memhp-scenario': typeof SCENARIO_VERSION
  readonly title: string
  readonly description: string
  readonly machine: MachineForm
  readonly settle: 'automatic' | 'manual'
  readonly steps: readonly StepForm[]
}

/** Names of all actions. */
export const ACTION_NAMES = Object.keys(ACTIONS) as ActionKind[]

const actionFields = Object.fromEntries(
  Object.entries(ACTIONS).map(([kind, { argument, summary }]) => [
    kind,
    z.exactOptional(argument).meta({ description: summary }),
  ]),
)

const code = z.string().regex(/^[A-Z_]+$/)

const stepInFull = fields(
  {
    ...actionFields,
    note: z.exactOptional(text).meta({ description: 'What the step shows, for readers.' }),
    errno: z
      .exactOptional(errno)
      .meta({ description: 'The step must be refused with this errno.' }),
    code: z.exactOptional(code).meta({
      description: 'The step must be refused with this code of memhp.',
    }),
    expect: z.exactOptional(expectForm).meta({ description: 'What must be true after the step.' }),
    cured: z
      .exactOptional(
        fields({
          errno: z.exactOptional(errno),
          code: z.exactOptional(code),
          expect: z.exactOptional(expectForm),
        }),
      )
      .meta({
        description:
          'What is wanted and expected instead where the machine runs without its defects.',
      }),
  },
  'action',
)

const bareActions = ACTION_NAMES.filter((kind) => ACTIONS[kind].bare)

function bareStepFault(input: unknown): string | undefined {
  if (typeof input !== 'string') return undefined
  if (input in ACTIONS) return `${input} needs an argument`
  return `unknown action "${input}"; ${suggestion(input, ACTION_NAMES)}`
}

const step = z.union([oneOf(bareActions).transform((kind) => ({ [kind]: { kind } })), stepInFull], {
  error: ({ input }) => bareStepFault(input) ?? 'expected a step: a map with one action',
}) as unknown as z.ZodType<StepForm>

/** The whole format. */
export const scenarioForm: z.ZodType<ScenarioForm> = fields({
  'memhp-scenario': z.literal(SCENARIO_VERSION),
  title: z.string().min(1).max(200),
  description: z.string().default(''),
  machine: machineForm,
  settle: oneOf(['automatic', 'manual']).default('automatic').meta({
    description: 'Whether deferred work runs after every step, or only at settle steps.',
  }),
  steps: z.array(step).min(1).max(10_000),
}).meta({
  title: 'memhp scenario, version 1',
  description: 'Steps that run on a model of Linux memory hot-plug, and what is expected of them.',
})

/** The JSON Schema of the format, draft 2020-12. Ships as `schema/memhp-scenario-1.schema.json`. */
export const scenarioJsonSchema = (): object =>
  z.toJSONSchema(scenarioForm, { target: 'draft-2020-12', io: 'input' })
