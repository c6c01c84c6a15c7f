import { type Capture, parseCapture } from '@memhp/capture'
import { PLUGINS } from '@memhp/platforms'
import {
  type Action,
  actionText,
  formatFailure,
  parseScenario,
  type Scenario,
  type ScenarioStep,
  type StepReport,
  startScenario,
} from '@memhp/scenario'
import type { Source } from '../protocol/messages'
import type { FaultWish } from '../protocol/timeline'
import { fetchText } from './fetch-text'
import type { Story } from './opened-machine'
import { recordStory, type Telling } from './record-story'
import type { DeedEnd, DeedHead } from './recorder'

/** Captures that scenarios of the gallery name lie beside them. */
async function loadCapture(path: string): Promise<Capture> {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return parseCapture(await fetchText(`scenes/${name}`))
}

/** What a person would type; null where an action is not a write. */
function commandOf(action: Action): string | null {
  if (action.kind === 'write') return `echo ${action.value} > ${action.path}`
  if (action.kind === 'eject') return `echo 1 > …/${action.device}/eject`
  if (action.kind === 'offline') return `echo offline > memory${action.blocks.join(',')}/state`
  return null
}

const blocksOf = (action: Action | undefined): readonly number[] =>
  action !== undefined && (action.kind === 'online' || action.kind === 'offline')
    ? action.blocks
    : []

function headOf({ note, action, number }: ScenarioStep): DeedHead {
  const what = action === undefined ? '' : actionText(action)
  return {
    title: note ?? (what === '' ? `step ${number}` : what),
    command: action === undefined ? null : (commandOf(action) ?? what),
    blocks: blocksOf(action),
    isUndo: false,
  }
}

function endOf({ outcome, failures }: StepReport): DeedEnd {
  const differences = failures.length === 0 ? null : failures.map((each) => formatFailure(each))
  return outcome.kind === 'done'
    ? { outcome: 'done', errno: null, message: null, differences }
    : { outcome: 'refused', errno: outcome.errno, message: outcome.message, differences }
}

/** A scenario on its way. */
async function tellScenario(scenario: Scenario): Promise<Telling> {
  const run = await startScenario(scenario, { plugins: PLUGINS, loadCapture })
  let index = 0
  const { machine } = run.session
  return {
    machine,
    steps: 'watched',
    head: () => {
      const step = scenario.steps[index]
      return step === undefined ? undefined : headOf(step)
    },
    next: () => {
      const report = run.next()
      index += 1
      return report === undefined ? undefined : endOf(report)
    },
  }
}

/** Opens a scenario: its machine, and all its steps. @throws HotplugError BAD_SCENARIO with every fault and its place */
export async function openScenario(
  { name, text }: Extract<Source, { kind: 'file' }>,
  fault: FaultWish | null = null,
): Promise<Story> {
  const scenario = parseScenario(text, { name })
  const story = await recordStory(() => tellScenario(scenario), fault)
  return {
    ...story,
    retell: (other) => openScenario({ kind: 'file', name, text }, other),
    said: {
      title: scenario.title,
      about: scenario.description.trim(),
      goal: null,
    },
  }
}
