import { unexpectedText } from '@memhp/kernel-files'
import { parseJson } from '@memhp/trace'

/** A memory device as QMP's `query-memory-devices` has it. */
export interface QmpMemoryDevice {
  readonly id: string
  /** Physical address; undefined where the answer has none. */
  readonly start?: number
  readonly sizeBytes?: number
  /** What was asked of a virtio-mem device. */
  readonly requestedBytes?: number
  readonly node?: number
}

/** A device as `daxctl list` has it. */
export interface DaxDevice {
  readonly name: string
  readonly mode?: string
  readonly onlineBlocks?: number
  readonly totalBlocks?: number
}

const MOST_DEVICES = 10_000

const jsonOf = (text: string, file: string): unknown => {
  const parsed = parseJson(text, { duplicates: 'refused' })
  if ('value' in parsed) return parsed.value
  throw unexpectedText({
    file,
    line: parsed.place?.line ?? 1,
    expected: 'JSON',
    found: text.slice(0, 40),
  })
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const whole = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= 200 ? value : undefined

/** The fields that are known, without those that are not. */
function known<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

function listIn(value: unknown, file: string): readonly unknown[] {
  const list = Array.isArray(value) ? value : fieldsOf(value).return
  if (Array.isArray(list) && list.length <= MOST_DEVICES) return list
  if (typeof value === 'object' && value !== null && file === 'daxctl') return [value]
  throw unexpectedText({
    file,
    line: 1,
    expected: 'a list of devices',
    found: JSON.stringify(value)?.slice(0, 40) ?? '',
  })
}

/** @throws TextFault for what is not such an answer */
export function parseMemoryDevices(text: string): readonly QmpMemoryDevice[] {
  const file = 'query-memory-devices'
  return listIn(jsonOf(text, file), file).map((entry, at) => {
    const { data } = fieldsOf(entry)
    const { id, addr, memaddr, size, node, ...rest } = fieldsOf(data)
    return known<QmpMemoryDevice>({
      id: textOf(id) ?? `device ${at}`,
      start: whole(addr) ?? whole(memaddr),
      sizeBytes: whole(size),
      requestedBytes: whole(rest['requested-size']),
      node: whole(node),
    })
  })
}

/** @throws TextFault for what is not such a list */
export function parseDaxctl(text: string): readonly DaxDevice[] {
  return listIn(jsonOf(text, 'daxctl'), 'daxctl').map((entry, at) => {
    const fields = fieldsOf(entry)
    return known<DaxDevice>({
      name: textOf(fields.chardev) ?? `device ${at}`,
      mode: textOf(fields.mode),
      onlineBlocks: whole(fields.online_memblocks),
      totalBlocks: whole(fields.total_memblocks),
    })
  })
}
