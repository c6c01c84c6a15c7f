import { HotplugError } from '@memhp/core'

export type Fields = Readonly<Record<string, unknown>>

/** Refuses a description, naming the place and the remedy. @throws HotplugError BAD_DESCRIPTION (EINVAL) */
export function refuse(place: string, fault: string, remedy: string): never {
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${fault}. ${remedy}.`, {
    detail: { place, fault, remedy },
  })
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part)) ??
  String(value)

/** The fields of an object whose keys are all known; `undefined` counts as an empty one. */
export function readFields(value: unknown, place: string, known: readonly string[]): Fields {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(
      place,
      `${shown(value)} is not an object`,
      `Give an object with any of: ${known.join(', ')}`,
    )
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    refuse(`${place}.${key}`, 'this field is not known', `Known are: ${known.join(', ')}`)
  }
  return value as Fields
}

export function readList(value: unknown, place: string): readonly unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) refuse(place, `${shown(value)} is not a list`, 'Give a list')
  return value
}

/** Limits of a whole number, both included. */
interface IntegerLimits {
  /** Default 0. */
  readonly least?: number
  /** Default: below 2^53. */
  readonly most?: number
}

/** A whole number within limits; undefined where the field is absent. */
export function readInteger(
  value: unknown,
  place: string,
  { least = 0, most = Number.MAX_SAFE_INTEGER }: IntegerLimits = {},
): number | undefined {
  if (value === undefined) return undefined
  const isWhole = typeof value === 'number' && Number.isSafeInteger(value)
  if (isWhole && value >= least && value <= most) return value
  const upTo = most === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${most}`
  return refuse(
    place,
    `${shown(value)} does not do`,
    `Give a whole number of at least ${least}${upTo}`,
  )
}

export function readText(value: unknown, place: string): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '') {
    refuse(place, `${shown(value)} is not text`, 'Give a text that is not empty')
  }
  return value
}

/** One of a few words; undefined where the field is absent. */
export function readWord<Word extends string>(
  value: unknown,
  place: string,
  words: readonly Word[],
): Word | undefined {
  if (value === undefined) return undefined
  const found = words.find((word) => word === value)
  return found ?? refuse(place, `${shown(value)} is not known`, `Give one of: ${words.join(', ')}`)
}

/** A directory below /sys/devices, as in `LNXSYSTM:00/LNXSYBUS:00`; undefined where the field is absent. */
export function readDirectory(value: unknown, place: string): string | undefined {
  const text = readText(value, place)
  if (text === undefined || text.split('/').every((name) => /^[^.]/.test(name))) return text
  return refuse(place, `${shown(text)} is not such a directory`, 'Give it relative to /sys/devices')
}

export function readFlag(value: unknown, place: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value
  return refuse(place, `${shown(value)} is neither true nor false`, 'Give one of the two')
}
