import { type Answer, flatChange, type Operation, type TraceStep } from '@memhp/trace'
import type { Uevent } from '../agent/uevent-stream'
import type { GuestMachine } from '../launch/machine'
import type { QmpEvent } from '../qmp/events'
import { isFinalOst } from '../qmp/ost'
import { backendOf, carryOut, type OperationContext } from './operations'
import { type Activity, probeActivity, settle } from './settle'
import { flatViewOf } from './snapshot'
import { devicesOf } from './step'

export interface PerformOptions {
  /** Kills a write that the kernel does not come back from: its errno is EINTR. Of no effect on other operations. */
  readonly signal?: AbortSignal
  /** Milliseconds without any sign of life after which an announcement is not waited for any more. Default 15 000. */
  readonly idleMs?: number
  /**
   * Milliseconds after which a write is killed, so that its errno is EINTR, and after which a guest still at work is an error.
   * Default 180 000.
   */
  readonly limitMs?: number
}

const IDLE_MS = 15_000
const LIMIT_MS = 180_000

/** A check of the device, or of all below it: what a plug is announced as. */
const PLUG_SOURCES: readonly number[] = [0, 1]
const EJECT_REQUEST = 3

/** What was seen since an operation began. */
interface Seen {
  readonly uevents: readonly Uevent[]
  readonly events: readonly QmpEvent[]
  readonly before: Activity
}

const ostOf = (events: readonly QmpEvent[]): QmpEvent<'ACPI_DEVICE_OST'>['data']['info'][] =>
  events
    .filter((event) => event.event === 'ACPI_DEVICE_OST')
    .map((event) => (event as QmpEvent<'ACPI_DEVICE_OST'>).data.info)

/**
 * Whether the guest has shown that it received the request, and its outcome. Under ACPI it reports by _OST.
 * On Power it reports a success only, but an interrupt shows that it has taken the request.
 */
function isAnnounced(machine: GuestMachine, { op }: Operation, seen: Seen, now: Activity): boolean {
  if (op !== 'plug' && op !== 'unplug') return true
  if (machine !== 'x86_64') return now.hotplugInterrupts > seen.before.hotplugInterrupts
  const reports = ostOf(seen.events)
  if (op === 'plug') return reports.some(({ source }) => PLUG_SOURCES.includes(source))
  return reports.some((report) => report.source === EJECT_REQUEST && isFinalOst(report))
}

/** Aborts what takes too long, or is not wanted any more. */
async function withinLimit<T>(
  { signal, limitMs = LIMIT_MS }: PerformOptions,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const stop = new AbortController()
  const abort = (): void => stop.abort(signal?.reason)
  const timer = setTimeout(() => stop.abort(), limitMs)
  signal?.addEventListener('abort', abort)
  try {
    return await act(stop.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** Carries out operations one after another and records what each brought about. */
export class Recorder {
  readonly #context: OperationContext
  readonly #machine: GuestMachine
  readonly #steps: TraceStep[] = []
  #boot: Readonly<Record<string, string>> = {}
  #view: Readonly<Record<string, string>> | undefined
  #activity: Activity | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(context: OperationContext, machine: GuestMachine) {
    this.#context = context
    this.#machine = machine
  }

  async flatView(): Promise<Record<string, string>> {
    const { stdout } = await this.#context.lanes.query.request('flat')
    return flatViewOf(stdout)
  }

  /** The view before the first step, and all steps. */
  get recorded(): { readonly boot: Readonly<Record<string, string>>; readonly steps: TraceStep[] } {
    return { boot: this.#boot, steps: [...this.#steps] }
  }

  /** One step, after those that were asked for before. */
  perform(operation: Operation, options: PerformOptions = {}): Promise<TraceStep> {
    const step = this.#last.then(() => this.#step(operation, options))
    this.#last = step.catch(() => {})
    return step
  }

  async #step(operation: Operation, options: PerformOptions): Promise<TraceStep> {
    const { qmp, lanes } = this.#context
    const activity = this.#activity ?? (await probeActivity(lanes))
    const before = this.#view ?? (await this.flatView())
    if (this.#steps.length === 0) this.#boot = before
    const uevents: Uevent[] = []
    const events: QmpEvent[] = []
    const stopUevents = lanes.uevents.onUevent((uevent) => uevents.push(uevent))
    const stopEvents = qmp.onEvent((event) => events.push(event))
    try {
      const result = await withinLimit(options, (signal) =>
        carryOut(this.#context, operation, { signal }),
      )
      const seen: Seen = { uevents, events, before: activity }
      this.#activity = await this.#settle(operation, result, { seen, options })
      // A reply comes after the events that QEMU sent before it.
      const devices = devicesOf(await qmp.execute('query-memory-devices'))
      const view = await this.flatView()
      this.#view = view
      await this.#freeBackends(events)
      const step: TraceStep = {
        op: operation,
        result: { devices, ...result },
        uevents: uevents.filter(isOfMemory).map(ueventText),
        qmp: events.map(({ event, data }) => ({ event, data })),
        ...flatChange(before, view),
      }
      this.#steps.push(step)
      return step
    } catch (error) {
      // What the failed step changed is not the next one's doing.
      this.#view = undefined
      this.#activity = undefined
      throw error
    } finally {
      stopUevents()
      stopEvents()
    }
  }

  #settle(
    operation: Operation,
    result: Answer,
    { seen, options }: { readonly seen: Seen; readonly options: PerformOptions },
  ): Promise<Activity> {
    return settle(this.#context.lanes, {
      announced: (now) =>
        result.error !== undefined || isAnnounced(this.#machine, operation, seen, now),
      signs: () => seen.events.length,
      idleMs: options.idleMs ?? IDLE_MS,
      limitMs: options.limitMs ?? LIMIT_MS,
    })
  }

  /** The memory behind a DIMM that is gone. QEMU keeps it until it is told. */
  async #freeBackends(events: readonly QmpEvent[]): Promise<void> {
    for (const { event, data } of events) {
      const { device } = data
      if (event !== 'DEVICE_DELETED' || typeof device !== 'string') continue
      await this.#context.qmp.execute('object-del', { id: backendOf(device) }).catch(() => {})
    }
  }
}

/** Of blocks, nodes, and the device that holds the slots of memory devices. */
const SUBSYSTEMS = ['memory', 'node', 'container']

const isOfMemory = ({ subsystem }: Uevent): boolean => SUBSYSTEMS.includes(subsystem)

const ueventText = ({ action, devpath, subsystem }: Uevent): string =>
  `${action} ${devpath} ${subsystem}`
