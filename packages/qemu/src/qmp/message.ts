import type { QmpVersion } from './commands'
import type { QmpEvent } from './events'

/** The first thing that QEMU says. */
export interface QmpGreeting {
  readonly version: QmpVersion
  /** What can be asked for: `oob`. */
  readonly capabilities: readonly string[]
}

/** One line from QEMU. */
export type QmpMessage =
  | { readonly kind: 'greeting'; readonly greeting: QmpGreeting }
  | { readonly kind: 'event'; readonly event: QmpEvent }
  | { readonly kind: 'result'; readonly id: unknown; readonly value: unknown }
  | {
      readonly kind: 'error'
      readonly id: unknown
      readonly error: { readonly class: string; readonly desc: string }
    }
  /** An object that is none of these: something that QEMU learnt to say later. */
  | { readonly kind: 'unknown'; readonly text: string }

/** True for a JSON object. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function readGreeting(raw: Readonly<Record<string, unknown>>): QmpGreeting | undefined {
  const { version, capabilities } = raw
  if (!isRecord(version) || !isRecord(version.qemu)) return undefined
  const { major, minor, micro } = version.qemu
  if (typeof major !== 'number' || typeof minor !== 'number') return undefined
  const list = Array.isArray(capabilities) ? capabilities : []
  return {
    version: {
      qemu: { major, minor, micro: typeof micro === 'number' ? micro : 0 },
      package: typeof version.package === 'string' ? version.package : '',
    },
    capabilities: list.filter((word): word is string => typeof word === 'string'),
  }
}

/** False for an _OST report without its numbers, which others reckon with. */
function isWhole(name: string, data: Readonly<Record<string, unknown>>): boolean {
  if (name !== 'ACPI_DEVICE_OST') return true
  const { info } = data
  return isRecord(info) && typeof info.source === 'number' && typeof info.status === 'number'
}

function readEvent(name: string, raw: Readonly<Record<string, unknown>>): QmpEvent | undefined {
  const data = isRecord(raw.data) ? raw.data : {}
  if (!isWhole(name, data)) return undefined
  const stamp = isRecord(raw.timestamp) ? raw.timestamp : {}
  const part = (value: unknown): number => (typeof value === 'number' ? value : -1)
  return {
    event: name,
    data,
    timestamp: { seconds: part(stamp.seconds), microseconds: part(stamp.microseconds) },
  }
}

/**
 * Reads one line.
 * @returns undefined for what is not a JSON object, or a greeting, an error or an _OST report without its parts
 */
export function readMessage(text: string): QmpMessage | undefined {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(raw)) return undefined
  if (isRecord(raw.QMP)) {
    const greeting = readGreeting(raw.QMP)
    return greeting && { kind: 'greeting', greeting }
  }
  if (typeof raw.event === 'string') {
    const event = readEvent(raw.event, raw)
    return event && { kind: 'event', event }
  }
  if ('return' in raw) return { kind: 'result', id: raw.id, value: raw.return }
  if ('error' in raw) {
    const { class: name, desc } = isRecord(raw.error) ? raw.error : {}
    if (typeof name !== 'string' || typeof desc !== 'string') return undefined
    return { kind: 'error', id: raw.id, error: { class: name, desc } }
  }
  return { kind: 'unknown', text }
}
