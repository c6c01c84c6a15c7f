import { fromFlatView } from '@memhp/capture'
import { type Machine, pluggedDevices, resizableDevices, settle } from '@memhp/core'
import {
  answerOperation,
  flatView,
  type Operation,
  openSession,
  parseTrace,
  type Session,
  type Trace,
  type TraceStep,
} from '@memhp/trace'
import { twinOf } from '@memhp/twin'
import type { LiveKernel } from '../src/index'
import { resizablesOf } from '../src/replay/resizables-of'
import { PLUGINS } from './plugins'

/** What a kernel is that does not do as Linux does: it may tell something else than what happened. */
export type Lie = (step: TraceStep, before: readonly TraceStep[]) => TraceStep

const change = (
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Pick<TraceStep, 'set' | 'gone'> => ({
  set: Object.fromEntries(Object.entries(after).filter(([key, text]) => before[key] !== text)),
  gone: Object.keys(before).filter((key) => !(key in after)),
})

/** A machine of the model in the place of a kernel, so that walks can be tested without a guest. */
export class ModelKernel implements LiveKernel {
  readonly kernel: string
  isStopped = false
  readonly #start: Trace
  readonly #machine: Machine
  readonly #session: Session
  readonly #lie: Lie
  readonly #steps: TraceStep[] = []
  #view: Readonly<Record<string, string>>

  /** @param recording the machine is the one that this trace begins with */
  static async boot(recording: string, lie: Lie = (step) => step): Promise<ModelKernel> {
    const start = parseTrace(recording, { name: 'a recording' })
    const { machine } = await twinOf(fromFlatView(start), PLUGINS, resizablesOf(start))
    return new ModelKernel(start, machine, lie)
  }

  private constructor(start: Trace, machine: Machine, lie: Lie) {
    this.#start = start
    this.kernel = start.kernel
    this.#machine = machine
    settle(this.#machine)
    this.#session = openSession(this.#machine)
    this.#lie = lie
    this.#view = flatView(this.#machine.tree)
  }

  #resizables(): NonNullable<TraceStep['result']['virtio']> {
    return resizableDevices(this.#machine).map(
      ({ id, address, sizeBytes, requestedBytes, maxBytes, blockBytes, node }) =>
        [id, address, sizeBytes, requestedBytes, maxBytes, blockBytes, node] as const,
    )
  }

  flatView(): Promise<Readonly<Record<string, string>>> {
    return Promise.resolve(this.#view)
  }

  perform(operation: Operation): Promise<TraceStep> {
    const { journal } = this.#machine.state
    const since = { seqnum: journal.seqnum, platform: journal.platform.length }
    const answer = answerOperation(this.#session, operation)
    const view = flatView(this.#machine.tree)
    const step: TraceStep = {
      op: operation,
      result: {
        ...answer,
        devices: pluggedDevices(this.#machine).map(
          ({ id, address, sizeBytes, node }) => [id, address, sizeBytes, node] as const,
        ),
        ...(this.#start.machine.virtio === undefined ? {} : { virtio: this.#resizables() }),
      },
      uevents: journal.uevents
        .filter(({ seqnum }) => seqnum > since.seqnum)
        .map(({ action, devpath, subsystem }) => `${action} ${devpath} ${subsystem}`),
      qmp: journal.platform.slice(since.platform).map(({ event, data }) => ({ event, data })),
      ...change(this.#view, view),
    }
    this.#view = view
    const told = this.#lie(step, this.#steps)
    this.#steps.push(told)
    return Promise.resolve(told)
  }

  trace(name: string): Trace {
    return { ...this.#start, name, steps: this.#steps }
  }

  stop(): Promise<void> {
    this.isStopped = true
    return Promise.resolve()
  }
}
