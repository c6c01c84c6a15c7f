import type { QmpClient } from './client'
import type { Unsubscribe } from './event-hub'
import { type QmpMessage, readMessage } from './message'
import { explainOst, isFinalOst } from './ost'

/** Events that tell of guests which do not let go of a device. */
const REFUSALS = ['ACPI_DEVICE_OST', 'MEM_UNPLUG_ERROR', 'DEVICE_UNPLUG_GUEST_ERROR'] as const

type Told = Extract<QmpMessage, { kind: 'event' }>['event']

/** Why a guest does not let go of a device, in words; undefined for an event that tells something else. */
function refusalIn({ event, data }: Pick<Told, 'event' | 'data'>): string | undefined {
  switch (event) {
    case 'ACPI_DEVICE_OST': {
      const { info } = data as { readonly info: Parameters<typeof explainOst>[0] }
      return info.status !== 0 && isFinalOst(info) ? explainOst(info) : undefined
    }
    case 'MEM_UNPLUG_ERROR':
      return String(data.msg)
    case 'DEVICE_UNPLUG_GUEST_ERROR':
      return `the guest refused to unplug ${String(data.device ?? data.path)}`
    default:
      return undefined
  }
}

/**
 * Hears of guests that do not let go of a device that they were asked for, in words. Kernels by ACPI tell of it by `_OST`, those of
 * POWER by an error of the unplug; some say nothing.
 */
export function onUnplugRefused(qmp: QmpClient, listener: (why: string) => void): Unsubscribe {
  const subscriptions = REFUSALS.map((name) =>
    qmp.on(name, ({ event, data }) => {
      const why = refusalIn({ event, data })
      if (why !== undefined) listener(why)
    }),
  )
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe()
  }
}

/** A regular expression that finds these events by their names. */
export const REFUSAL_PATTERN: string = `^(?:${REFUSALS.join('|')})$`

/** `event ACPI_DEVICE_OST at 1796010304.501802 for domain 'vm1': {…}`. Source: virsh 9.0.0, qemu-monitor-event, as it was seen to print. */
const PASSED_ON = /^event (\w+) at \d+\.\d+ for domain '.*?': (\{.*\})$/

/** The same of a line in which `virsh qemu-monitor-event` passes an event on; undefined for others, whatever they hold. */
export function refusalInLine(line: string): string | undefined {
  const [, event, data] = PASSED_ON.exec(line.trim()) ?? []
  const message =
    event === undefined ? undefined : readMessage(`{"event":"${event}","data":${data}}`)
  return message?.kind === 'event' ? refusalIn(message.event) : undefined
}
