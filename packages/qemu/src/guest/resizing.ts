import { setTimeout as sleep } from 'node:timers/promises'
import type { Operation, TraceResizable, TraceResult } from '@memhp/trace'
import type { Uevent } from '../agent/uevent-stream'
import type { QmpEvent } from '../qmp/events'

/** What was seen of devices of changing size since an operation began. */
export interface SizesSeen {
  readonly uevents: readonly Uevent[]
  readonly events: readonly QmpEvent[]
  /** Sizes before it: what is plugged, by the id of the device. */
  readonly sizes: ReadonlyMap<string, number>
  /** Whether the driver's worker was seen at work. */
  readonly wasBusy: boolean
}

const VIRTIO_MEM_QUEUE = /\+events_freezab/

/** Whether one of the workers is at work for the queue of virtio-mem. */
export const isResizing = (workers: readonly string[]): boolean =>
  workers.some((worker) => VIRTIO_MEM_QUEUE.test(worker))

/** Whether the guest has shown that it received a request, or has taken a device that was plugged, and what is asked of it. */
export function announcesSize(
  operation: Extract<Operation, { readonly op: 'request' | 'plugv' }>,
  { uevents, events, sizes, wasBusy }: SizesSeen,
): boolean {
  const hasMoved = wasBusy || events.some(({ event }) => event === 'MEMORY_DEVICE_SIZE_CHANGE')
  if (operation.op === 'request')
    return hasMoved || sizes.get(operation.id) === operation.kib * 1024
  const isBound = uevents.some(({ action, subsystem }) => action === 'bind' && subsystem === 'pci')
  return isBound && (hasMoved || (operation.requested_mib ?? 0) === 0)
}

/** How far the guest got with what is asked of a device, now that it has come to rest. */
export function settledOf(
  operation: Operation,
  devices: readonly TraceResizable[],
): TraceResult['settled'] {
  if (operation.op !== 'request') return undefined
  const device = devices.find(([id]) => id === operation.id)
  if (device === undefined) return undefined
  const [, , size, requested] = device
  return size === requested ? 'reached' : 'short'
}

/** QEMU tells of sizes no more often than this; the last of them comes later, then. */
export const SIZE_EVENTS_MS = 1_100
const SIZE_POLL_MS = 50
/** How long the last of them is waited for on a host that is busy. */
const SIZE_LIMIT_MS = 6_000

/** Waits until QEMU has told of the last size of each device that has another one than before. */
export async function toldOfSizes(
  { events, sizes }: Pick<SizesSeen, 'events' | 'sizes'>,
  devices: readonly TraceResizable[],
): Promise<void> {
  const isTold = ([id, , size]: TraceResizable): boolean => {
    const told = events.findLast(
      ({ event, data }) => event === 'MEMORY_DEVICE_SIZE_CHANGE' && data.id === id,
    )
    return told === undefined ? size === (sizes.get(id) ?? 0) : told.data.size === size
  }
  for (let left = SIZE_LIMIT_MS; left > 0 && !devices.every(isTold); left -= SIZE_POLL_MS)
    await sleep(SIZE_POLL_MS)
}
