import { type Machine, pluggedDevices, resizableDevices } from '@memhp/core'
import {
  type Answer,
  compareText,
  type Difference,
  type TraceResizable,
  type TraceStep,
} from '@memhp/trace'
import { compareLog } from './compare-log'
import { compareReading } from './compare-reading'
import { compareSizes } from './compare-sizes'
import type { ViewComparison } from './compare-views'

/** The model beside the kernel that it follows. */
export interface Pair {
  readonly machine: Machine
  /** The flat views of both. */
  readonly views: ViewComparison
}

/**
 * Performs one step on the model and compares everything that was recorded of it. Brings what is expected up to date.
 * @param answer performs it, and returns when the model has come to rest
 * @returns in what the two differ; empty where they agree
 * @throws HotplugError BAD_TRACE for what the machine cannot do at all
 */
export function replayStep(
  { machine, views }: Pair,
  step: TraceStep,
  answer: () => Answer,
): Difference[] {
  const { journal } = machine.state
  const before = {
    seqnum: journal.seqnum,
    platform: journal.platform.length,
    log: journal.log.length,
  }
  const given = answer()
  const after = machine.state.journal
  const told = after.platform.slice(before.platform)
  return [
    ...compareResult(step, given),
    ...compareDevices(step, machine),
    ...compareResizable(step, machine),
    ...compareSizes(step, told),
    ...compareStorage(step, told),
    ...compareReading(machine, step, given.reading),
    ...compareText('uevents', step.uevents, ueventsSince(machine, before.seqnum)),
    ...compareText('qmp', knowable(step.qmp), knowable(told)),
    ...compareLog(step, after.log.slice(before.log)),
    ...views.step(step),
  ]
}

/** A step that only asked did not ask the platform for its devices. */
const compareDevices = ({ result }: TraceStep, machine: Machine): Difference[] =>
  result.devices === undefined ? [] : compareText('devices', result.devices, devicesOf(machine))

/** Devices of changing size, by their ids. */
function compareResizable({ result }: TraceStep, machine: Machine): Difference[] {
  if (result.virtio === undefined) return []
  const told = resizableDevices(machine).map((device): TraceResizable => {
    const { id, address, sizeBytes, requestedBytes, maxBytes, blockBytes, node } = device
    return [id, address, sizeBytes, requestedBytes, maxBytes, blockBytes, node]
  })
  const byId = (devices: readonly TraceResizable[]) =>
    devices.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return compareText('virtio', byId(result.virtio), byId(told))
}

/** What the kernel asked the hypervisor for, by command and answer. */
function compareStorage(
  { result }: TraceStep,
  events: readonly { readonly event: string; readonly data: Readonly<Record<string, unknown>> }[],
): Difference[] {
  if (result.sclp === undefined) return []
  const counts = new Map<string, number>()
  for (const { event, data } of events) {
    if (event !== 'SCLP') continue
    const key = `${data.command} 0x${Number(data.response).toString(16)}`
    counts.set(key, (counts.get(key) ?? 0) + Number(data.count))
  }
  return compareText('sclp', result.sclp, Object.fromEntries(counts))
}

function compareResult(step: TraceStep, answer: Answer): Difference[] {
  const { errno, ok, corrupt } = step.result
  return [
    ...compareText('errno', errno, answer.errno),
    ...compareText(
      'refused by the platform',
      step.result.error !== undefined,
      answer.error !== undefined,
    ),
    ...compareText('ok', ok, answer.ok),
    ...compareText('corrupt', corrupt ?? [], answer.corrupt ?? []),
  ]
}

function ueventsSince(machine: Machine, seqnum: number): string[] {
  const { uevents, seqnum: last } = machine.state.journal
  return uevents
    .slice(Math.max(0, uevents.length - (last - seqnum)))
    .map(({ action, devpath, subsystem }) => `${action} ${devpath} ${subsystem}`)
}

const devicesOf = (machine: Machine): unknown[] =>
  pluggedDevices(machine).map(({ id, address, sizeBytes, node }) => [id, address, sizeBytes, node])

/** The events of the platform that a firmware model can know. */
const knowable = (
  events: readonly { readonly event: string; readonly data: unknown }[],
): unknown[] =>
  events
    .filter(({ event }) => event === 'ACPI_DEVICE_OST' || event === 'DEVICE_DELETED')
    .map(({ event, data }) => ({ event, data }))
