import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Answer,
  flatChange,
  type Operation,
  type TraceResizable,
  type TraceStep,
} from '@memhp/trace'
import type { Uevent } from '../agent/uevent-stream'
import type { GuestOptions } from '../launch/arguments'
import { type GuestMachine, profileOf } from '../launch/machine'
import { backendOf } from '../launch/resizables'
import type { QmpEvent } from '../qmp/events'
import { isFinalOst } from '../qmp/ost'
import { inTurn } from '../stream/in-turn'
import { carryOut, type OperationContext } from './operations'
import {
  announcesSize,
  isResizing,
  SIZE_EVENTS_MS,
  type SizesSeen,
  settledOf,
  toldOfSizes,
} from './resizing'
import { type Activity, probeActivity, settle } from './settle'
import { flatViewOf } from './snapshot'
import { devicesOf, resizablesOf } from './step'

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
/** How often sizes are looked at as the guest boots. */
const BOOT_POLLS = 30
const LIMIT_MS = 180_000

/** A check of the device, or of all below it: what a plug is announced as. */
const PLUG_SOURCES: readonly number[] = [0, 1]
const EJECT_REQUEST = 3

/** What was seen since an operation began. */
interface Seen extends SizesSeen {
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
function isAnnounced(
  machine: GuestMachine,
  operation: Operation,
  seen: Seen,
  now: Activity,
): boolean {
  const { op } = operation
  if (op === 'request' || op === 'plugv') return announcesSize(operation, seen)
  if (op !== 'plug' && op !== 'unplug') return true
  if (op === 'unplug' && seen.sizes.has(operation.id))
    return seen.events.some(
      ({ event, data }) => event === 'DEVICE_DELETED' && data.device === operation.id,
    )
  if (profileOf(machine).hotplug !== 'acpi')
    return now.hotplugInterrupts > seen.before.hotplugInterrupts
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
  readonly #hasResizables: boolean
  #resizables: readonly TraceResizable[] = []
  #view: Readonly<Record<string, string>> | undefined
  #activity: Activity | undefined
  readonly #inTurn = inTurn()

  constructor(
    context: OperationContext,
    { machine, resizables }: Pick<GuestOptions, 'machine' | 'resizables'>,
  ) {
    this.#context = context
    this.#machine = machine
    this.#hasResizables = resizables !== undefined
  }

  async flatView(): Promise<Record<string, string>> {
    const { stdout } = await this.#context.lanes.query.request('flat')
    return flatViewOf(stdout)
  }

  /** Waits until devices of changing size have what they were asked to have as the guest booted, or have come to rest before. */
  async comeToRest(): Promise<void> {
    if (!this.#hasResizables) return
    const { qmp, lanes } = this.#context
    for (let left = BOOT_POLLS; left > 0; left--) {
      const devices = resizablesOf(await qmp.execute('query-memory-devices'))
      if (devices.every(([, , size, requested]) => size === requested)) break
      await sleep(SIZE_EVENTS_MS)
    }
    await settle(lanes, {
      announced: () => true,
      signs: () => 0,
      idleMs: IDLE_MS,
      limitMs: LIMIT_MS,
    })
    await sleep(SIZE_EVENTS_MS)
  }

  /** The view before the first step, and all steps. */
  get recorded(): { readonly boot: Readonly<Record<string, string>>; readonly steps: TraceStep[] } {
    return { boot: this.#boot, steps: [...this.#steps] }
  }

  /** One step, after those that were asked for before. */
  perform(operation: Operation, options: PerformOptions = {}): Promise<TraceStep> {
    return this.#inTurn(() => this.#step(operation, options))
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
      if (this.#hasResizables)
        this.#resizables = resizablesOf(await qmp.execute('query-memory-devices'))
      const sizes = new Map(this.#resizables.map(([id, , size]) => [id, size]))
      const result = await withinLimit(options, (signal) =>
        carryOut(this.#context, operation, { signal }),
      )
      const seen = { uevents, events, sizes, wasBusy: false, before: activity }
      this.#activity = await this.#settle(operation, result, { seen, options })
      // A reply comes after the events that QEMU sent before it.
      const infos = await qmp.execute('query-memory-devices')
      const devices = devicesOf(infos)
      this.#resizables = resizablesOf(infos)
      await toldOfSizes({ events, sizes }, this.#resizables)
      const settled = result.error === undefined && settledOf(operation, this.#resizables)
      const view = await this.flatView()
      this.#view = view
      await this.#freeBackends(events)
      const step: TraceStep = {
        op: operation,
        result: {
          devices,
          ...(this.#hasResizables ? { virtio: this.#resizables } : {}),
          ...(settled ? { settled } : {}),
          ...result,
        },
        uevents: uevents.filter((each) => this.#isCompared(each)).map(ueventText),
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

  /** Of blocks, nodes, the device that holds the slots of memory devices; and of devices of changing size, which come by PCI. */
  #isCompared({ subsystem }: Uevent): boolean {
    return [...SUBSYSTEMS, ...(this.#hasResizables ? ['pci', 'virtio'] : [])].includes(subsystem)
  }

  #settle(
    operation: Operation,
    result: Answer,
    {
      seen,
      options,
    }: { readonly seen: Seen & { wasBusy: boolean }; readonly options: PerformOptions },
  ): Promise<Activity> {
    return settle(this.#context.lanes, {
      announced: (now) => {
        seen.wasBusy ||= isResizing(now.workers)
        return result.error !== undefined || isAnnounced(this.#machine, operation, seen, now)
      },
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

const SUBSYSTEMS = ['memory', 'node', 'container']

const ueventText = ({ action, devpath, subsystem }: Uevent): string =>
  `${action} ${devpath} ${subsystem}`
