import { HotplugError, type MachineDescription } from '@memhp/core'
import type { Action } from '../format/action'
import type { Check, TextWant } from '../format/check'
import { formatPlace } from '../format/place'
import {
  SCENARIO_VERSION,
  type Scenario,
  type ScenarioMachine,
  type ScenarioStep,
} from '../format/scenario'
import { describeMachine } from '../machine/describe'
import type { MachineForm } from '../schema/machine'
import { ACTION_NAMES, type StepForm, scenarioForm } from '../schema/scenario'
import { checksOfStep } from './checks'
import { readDocument, type SourceDocument } from './document'
import { explainIssues } from './explain'
import { nameProblems } from './names'
import { badScenario, type Problem } from './problem'

export interface ParseOptions {
  /** What the file is called: stands in every message. */
  readonly name: string
}

/**
 * Reads a scenario and checks all of it but what only the machine can know.
 * @param text YAML
 * @throws HotplugError BAD_SCENARIO; its message names each fault with `file:line:column` and what would be right,
 * its detail holds them as `problems`. UNKNOWN_VERSION for a later version of the format.
 */
export function parseScenario(text: string, { name }: ParseOptions): Scenario {
  const document = readDocument(text, name)
  checkVersion(document)
  const result = scenarioForm.safeParse(document.value)
  if (!result.success) throw badScenario(explainIssues(result.error.issues, document))
  const { title, description, machine, settle, steps } = result.data
  const problems: Problem[] = []
  const scenario: Scenario = {
    name,
    title,
    description: description.trim(),
    machine: readMachine(machine, document, problems),
    settle,
    steps: steps.map((step, index) => readStep(step, { index, document, problems })),
  }
  problems.push(...nameProblems(scenario.steps))
  if (problems.length > 0) throw badScenario(problems)
  return scenario
}

/** The version comes first: a later one may differ in everything else. */
function checkVersion(document: SourceDocument): void {
  const { value } = document
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  const version = isMap ? (value as Record<string, unknown>)['memhp-scenario'] : undefined
  if (version === SCENARIO_VERSION) return
  const place = document.placeOf(['memhp-scenario'])
  if (Number.isInteger(version)) {
    throw new HotplugError(
      'UNKNOWN_VERSION',
      'EINVAL',
      `${formatPlace(place)}: scenario of version ${String(version)}; this release reads version ${SCENARIO_VERSION}`,
      { detail: { ...place, version, supported: [SCENARIO_VERSION] } },
    )
  }
  const message = `no scenario: it must begin with "memhp-scenario: ${SCENARIO_VERSION}"`
  throw badScenario([{ place, message }])
}

function readMachine(
  form: MachineForm,
  document: SourceDocument,
  problems: Problem[],
): ScenarioMachine {
  const place = document.placeOfKey(['machine'])
  if (form.capture !== undefined) {
    const [other] = Object.keys(form).filter((key) => key !== 'capture')
    if (other !== undefined) {
      const message = `"${other}" cannot stand beside "capture", which says all`
      problems.push({ place: document.placeOfKey(['machine', other]), message })
    }
    return { kind: 'capture', place, path: form.capture }
  }
  if (form.description !== undefined) {
    const [other] = Object.keys(form).filter((key) => key !== 'description')
    if (other !== undefined) {
      const message = `"${other}" cannot stand beside "description", which says all`
      problems.push({ place: document.placeOfKey(['machine', other]), message })
    }
    // What it must be is checked when it boots.
    return {
      kind: 'described',
      place,
      description: form.description as unknown as MachineDescription,
    }
  }
  const described = describeMachine(form)
  if ('description' in described) return { kind: 'described', place, ...described }
  problems.push({ place, message: described.fault })
  return { kind: 'capture', place, path: '' }
}

interface StepContext {
  readonly index: number
  readonly document: SourceDocument
  readonly problems: Problem[]
}

function readStep(form: StepForm, { index, document, problems }: StepContext): ScenarioStep {
  const keys = ['steps', index]
  const place = document.placeOf(keys)
  const [kind, ...others] = ACTION_NAMES.filter((name) => form[name] !== undefined)
  if (others.length > 0) {
    const message = `one step, ${others.length + 1} actions: ${[kind, ...others].join(', ')}; make them separate steps`
    problems.push({ place, message })
  }
  const { action, wanted } = separate(kind === undefined ? undefined : form[kind])
  const read: readonly Check[] =
    wanted === undefined
      ? []
      : [
          {
            place: document.placeOfKey([...keys, 'read', 'expect']),
            want: { kind: 'read', want: wanted },
          },
        ]
  const checks = [...read, ...checksOfStep(form, keys, document)]
  if (action === undefined) {
    if (form.expect === undefined) {
      problems.push({ place, message: 'a step without an action must expect something' })
    } else if (form.errno !== undefined || form.code !== undefined) {
      problems.push({ place, message: 'a step without an action cannot be refused' })
    }
  }
  return {
    number: index + 1,
    place,
    ...(form.note === undefined ? {} : { note: form.note }),
    ...(action === undefined ? {} : { action }),
    checks,
    ...(form.cured === undefined
      ? {}
      : { cured: checksOfStep(form.cured, [...keys, 'cured'], document) }),
  }
}

/** `read` may say in itself what it expects. */
function separate(action: Action | undefined): {
  readonly action?: Action
  readonly wanted?: TextWant
} {
  if (action?.kind !== 'read') return action === undefined ? {} : { action }
  const { expect: wanted, ...rest } = action as typeof action & { readonly expect?: TextWant }
  return wanted === undefined ? { action: rest } : { action: rest, wanted }
}
