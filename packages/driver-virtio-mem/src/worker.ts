import type { DriverTimer, Machine } from '@memhp/core'
import { type DeferredWork, deferredWork, logLine } from '@memhp/core/plugin'
import { lastGiven, parseCmdline, parseKernelBool } from '@memhp/kernel-files'
import type { Outcome } from './outcome'
import { type Bound, mayGoOn, plugBigBlocks, plugSubBlocks } from './plug'
import { ownBlock, ownBlocks, pluggedBytes } from './region'
import { DRIVER, type VirtioMemDevice, virtioMemState } from './state'
import { emptiedBlocks, removeEmptied, unplugBigBlocks, unplugSubBlocks } from './unplug'

/** A device is to be brought to the size that is asked for. */
export const RESIZE: DeferredWork<string> = deferredWork<string>({ driver: DRIVER, name: 'resize' })

/** A block of a device came online: more may be added. */
export const ONLINED: DeferredWork<string> = deferredWork<string>({
  driver: DRIVER,
  name: 'onlined',
})

/** The device of an id, with what the kernel's driver keeps of it; undefined where it is gone, or no driver is bound to it. */
function boundOf(machine: Machine, id: string): Bound | undefined {
  const device = virtioMemState(machine).devices.find((each) => each.id === id)
  return device === undefined || device.bound === null ? undefined : { device, bound: device.bound }
}

/** Whether memory of blocks that are online may be unplugged: parameter `virtio_mem.unplug_online`. */
const mayUnplugOnline = ({ description }: Machine): boolean => {
  const parameter = lastGiven(parseCmdline(description.cmdline ?? ''), 'virtio_mem.unplug_online')
  return parameter === undefined || parseKernelBool(parameter.value ?? '1') !== false
}

/**
 * Brings a device to the size that is asked for, as far as it goes. Where blocks were removed, it is tried once more at once: what
 * described them may have been in memory that is still to go. Source: virtio_mem_remove_memory, drivers/virtio/virtio_mem.c 6.1
 */
export function resizeNow(machine: Machine, id: string): void {
  const of = boundOf(machine, id)
  if (of === undefined || of.bound.isBroken) return
  const state = virtioMemState(machine)
  const before = ownBlocks(machine, of.device)
  state.running = id
  const outcome = isRetried(machine, of) ? attemptTidily(machine, of) : attempt(machine, of)
  state.running = null
  of.bound.isWaiting = outcome === 'short'
  of.bound.isBroken = outcome === 'broken'
  if (outcome === 'broken')
    logLine(machine, 'err', `virtio_mem ${of.device.name}: unknown error, marking device broken`)
  if (before.some((block) => ownBlock(machine, of.device, block) === undefined))
    RESIZE.queue(machine, id)
}

const isRetried = ({ generation }: Machine, { bound }: Bound): boolean =>
  bound.mode === 'sub-blocks' && generation.rules.resizable.emptied === 'retried'

/** Removes blocks of which nothing is plugged any more before and after. Source: virtio_mem_cleanup_pending_mb, 6.6 */
function attemptTidily(machine: Machine, of: Bound): Outcome {
  removeEmptied(machine, of)
  const outcome = attempt(machine, of)
  return outcome === 'done' && emptiedBlocks(machine, of).length > 0 ? 'short' : outcome
}

function attempt(machine: Machine, of: Bound): Outcome {
  const { device, bound } = of
  const lacks = device.requestedBytes - pluggedBytes(device)
  if (lacks > 0)
    return bound.mode === 'sub-blocks'
      ? plugSubBlocks(machine, of, lacks)
      : plugBigBlocks(machine, of, lacks)
  if (lacks === 0) return 'done'
  const unplug = bound.mode === 'sub-blocks' ? unplugSubBlocks : unplugBigBlocks
  return unplug(machine, of, { bytes: -lacks, mayUnplugOnline: mayUnplugOnline(machine) })
}

/** More is added as memory comes online. Source: virtio_mem_memory_notifier_cb, 6.1; spec 6.4; guests of 5.10 */
export function resizeOnlined(machine: Machine, id: string): void {
  const of = boundOf(machine, id)
  if (of !== undefined && mayGoOn(machine, of)) resizeNow(machine, id)
}

/** How long a request that fell short waits, at first and at most. Source: VIRTIO_MEM_RETRY_TIMER_{MIN,MAX}_MS, 6.1; spec 6.4 */
const RETRY = { firstMs: 50_000, mostMs: 300_000 }

/** Another request begins anew. */
const timerOf = ({ id, requestedBytes }: VirtioMemDevice): DriverTimer => ({
  name: `${DRIVER} ${id} ${requestedBytes}`,
  deviceId: id,
  ...RETRY,
})

const waiting = (machine: Machine): readonly VirtioMemDevice[] =>
  virtioMemState(machine).devices.filter(({ bound }) => bound?.isWaiting === true)

/** The timers of requests that fell short. */
export const timers = (machine: Machine): readonly DriverTimer[] => waiting(machine).map(timerOf)

/** Timers of requests that fell short run out. @param names which; default: all @returns whether one was running */
export function expireTimers(machine: Machine, names?: readonly string[]): boolean {
  const expired = waiting(machine).filter(
    (device) => names === undefined || names.includes(timerOf(device).name),
  )
  for (const { id } of expired) RESIZE.queue(machine, id)
  return expired.length > 0
}

/** Tells the worker that memory of a device came online by other hands than its own. */
export function noteOnline(machine: Machine, device: VirtioMemDevice): void {
  if (virtioMemState(machine).running === null) ONLINED.queue(machine, device.id)
}
