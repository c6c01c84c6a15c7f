import { setTimeout as sleep } from 'node:timers/promises'
import { GuestError } from '../launch/guest-error'
import type { GuestLanes } from './guest-tree'

/** What the guest's kernel is about, at one moment. */
export interface Activity {
  /** How many uevents it has sent. */
  readonly seqnum: number
  /** How often the firmware of Power has asked for hot-plug. */
  readonly hotplugInterrupts: number
  /** Workers that work for a hot-plug queue right now. */
  readonly workers: readonly string[]
}

export interface SettleOptions {
  /** True once the guest has said, in whatever way, that it got the request and what became of it. */
  readonly announced: (activity: Activity) => boolean
  /** Counts what else shows that something goes on: events of QEMU. */
  readonly signs: () => number
  /** Milliseconds without activity after which an announcement is no longer awaited. */
  readonly idleMs: number
  /** Milliseconds after which a guest that is still at work is said not to settle. */
  readonly limitMs: number
}

/**
 * Queues whose work changes memory. Source: drivers/acpi/osl.c, arch/powerpc/platforms/pseries/dlpar.c; the queue of virtio-mem
 * is the freezable one of all drivers.
 */
const HOTPLUG_WORK = /\+(?:kacpi_hotplug|kacpi_notify|kacpid|pseries hotplug|events_freezab|pciehp)/

/** Interrupts by line: the number, one count a CPU, then words. */
function sumOfCounts(line: string): number {
  const [, counts = ''] = /^\s*\w+:((?:\s+\d+)+)\s/.exec(line) ?? []
  return counts
    .split(/\s+/)
    .filter(Boolean)
    .reduce((sum, count) => sum + Number(count), 0)
}

/** Reads what the agent's `activity` prints. */
export function readActivity(text: string): Activity {
  const lines = text.split('\n')
  const interrupts = lines.find((line) => line.includes('RAS_HOTPLUG'))
  return {
    seqnum: Number(/^seqnum (\d+)$/m.exec(text)?.[1] ?? 0),
    hotplugInterrupts: interrupts === undefined ? 0 : sumOfCounts(interrupts),
    workers: lines.filter((line) => HOTPLUG_WORK.test(line)),
  }
}

export async function probeActivity({ query }: Pick<GuestLanes, 'query'>): Promise<Activity> {
  const { stdout } = await query.request('activity')
  return readActivity(stdout.toString())
}

const POLL_MS = 20
const SLOWEST_POLL_MS = 500
/** How long uevents that the kernel has sent may be on their way. */
const UEVENT_DELAY_MS = 10_000

/** Waits until a uevent has arrived; not for ever, as the kernel drops those that find no room. */
export async function ueventsUpTo(
  { uevents }: Pick<GuestLanes, 'uevents'>,
  seqnum: number,
): Promise<void> {
  if (uevents.lastSeqnum >= seqnum) return
  const arrived = new AbortController()
  const stop = uevents.onUevent((uevent) => {
    if (uevent.seqnum >= seqnum) arrived.abort()
  })
  const { signal } = arrived
  await sleep(UEVENT_DELAY_MS, undefined, { signal, ref: false }).catch(() => {})
  stop()
}

/**
 * Waits until the guest has come to rest: it has announced the end of what was asked, no worker is at hot-plug, and
 * twice in a row no uevent was added. Time alone decides nothing while anything goes on.
 * @throws GuestError NOT_SETTLED
 */
export async function settle(lanes: GuestLanes, options: SettleOptions): Promise<Activity> {
  const start = performance.now()
  let lastSign = start
  let lastState = ''
  let quiet = 0
  let pollMs = POLL_MS
  while (true) {
    const activity = await probeActivity(lanes)
    await ueventsUpTo(lanes, activity.seqnum)
    const now = performance.now()
    const state = JSON.stringify([activity, options.signs()])
    const isBusy = activity.workers.length > 0
    if (state !== lastState) lastSign = now
    const mayRest = !isBusy && (options.announced(activity) || now - lastSign > options.idleMs)
    quiet = mayRest && state === lastState ? quiet + 1 : 0
    if (quiet > 0) return activity
    if (now - start > options.limitMs) {
      const at = isBusy ? `at work: ${activity.workers.join(', ')}` : 'sending uevents'
      const seconds = Math.round(options.limitMs / 1000)
      throw new GuestError('NOT_SETTLED', `after ${seconds} s the guest is still ${at}`)
    }
    lastState = state
    await sleep(pollMs)
    // What lasts is looked at less often; what has just ended is looked at again at once.
    pollMs = mayRest ? POLL_MS : Math.min(SLOWEST_POLL_MS, pollMs * 2)
  }
}
