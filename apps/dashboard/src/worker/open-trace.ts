import { Replay } from '@memhp/conformance'
import { PLUGINS } from '@memhp/platforms'
import {
  type Difference,
  operationText,
  parseTrace,
  type Trace,
  type TraceStep,
} from '@memhp/trace'
import type { Source } from '../protocol/messages'
import type { Story } from './opened-machine'
import { recordStory, type Telling } from './record-story'
import type { DeedEnd, DeedHead } from './recorder'

const differenceText = ({ what, real, model }: Difference): string =>
  `${what}: the kernel ${real ?? 'nothing'}, the model ${model ?? 'nothing'}`

const headOf = ({ op }: TraceStep): DeedHead => ({
  title: operationText(op),
  command: op.op === 'write' ? `echo ${op.value} > ${op.path}` : null,
  blocks: [],
  isUndo: false,
})

function endOf({ result }: TraceStep, differences: readonly Difference[]): DeedEnd {
  const errno = result.ok ? null : result.errno
  return {
    outcome: result.ok ? 'done' : 'refused',
    errno: errno ?? null,
    message: result.ok ? null : 'The recorded kernel refused.',
    differences: differences.map(differenceText),
  }
}

/** A recorded run on its way through the model. */
async function tellTrace(trace: Trace): Promise<Telling> {
  const replay = await Replay.begin(trace, PLUGINS)
  let index = 0
  return {
    machine: replay.machine,
    steps: 'left out',
    head: () => {
      const step = trace.steps[index]
      return step === undefined ? undefined : headOf(step)
    },
    next: () => {
      const step = trace.steps[index]
      index += 1
      return step === undefined ? undefined : endOf(step, replay.step(step))
    },
  }
}

/** Opens a recorded run of a real kernel: the model does the same, and is compared after each step. @throws HotplugError BAD_TRACE with the place */
export async function openTrace({ name, text }: Extract<Source, { kind: 'file' }>): Promise<Story> {
  const trace = parseTrace(text)
  const story = await recordStory(() => tellTrace(trace), null)
  return {
    ...story,
    said: {
      title: name,
      about: `A recorded run of a real kernel on ${trace.arch}: what it did, and what the model says, step by step.`,
      goal: null,
    },
  }
}
