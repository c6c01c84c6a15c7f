import { HotplugError, isPowerOfTwo, MIB } from '@memhp/core'

/** A range of physical addresses in bytes; `end` is exclusive. */
export interface StandbyRange {
  readonly start: number
  readonly end: number
}

/** `drivers.sclp` of a machine description. Plain data: it survives JSON. */
export interface SclpConfig {
  /** Bytes of a storage increment, a power of two from 1 MiB; default 1 MiB. */
  readonly incrementBytes?: number
  /**
   * Storage that is not assigned to the partition at boot: whole increments, ascending and apart from each other. Blocks
   * within it that the description does not have are added at boot, offline. Default: none.
   */
  readonly standby?: readonly StandbyRange[]
}

/** The configuration, checked, with what could be filled in. */
export type SclpLayout = Required<SclpConfig>

const KEYS = ['incrementBytes', 'standby']

function refuse(place: string, what: string): never {
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `drivers.sclp${place}: ${what}`, {
    detail: { place: `drivers.sclp${place}` },
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function checkKeys(value: Record<string, unknown>, known: readonly string[], place: string): void {
  const key = Object.keys(value).find((each) => !known.includes(each))
  if (key !== undefined)
    refuse(`${place}.${key}`, `this key is not known. Known are: ${known.join(', ')}.`)
}

/** Checks the driver's part of a machine description. @throws HotplugError BAD_DESCRIPTION */
export function parseConfig(config: unknown): SclpLayout {
  if (!isRecord(config)) refuse('', 'must be an object.')
  checkKeys(config, KEYS, '')
  const { incrementBytes = MIB, standby = [] } = config
  if (typeof incrementBytes !== 'number' || !isPowerOfTwo(incrementBytes) || incrementBytes < MIB)
    refuse('.incrementBytes', 'must be a power of two of at least 1 MiB.')
  if (!Array.isArray(standby)) refuse('.standby', 'must be a list.')
  let last = 0
  const ranges = standby.map((range: unknown, index): StandbyRange => {
    const place = `.standby[${index}]`
    const { start, end } = rangeAt(range, place)
    const isWhole = [start, end].every((address) => address % incrementBytes === 0)
    if (!isWhole) refuse(place, `must be whole increments of ${incrementBytes} bytes.`)
    if (start < last || end <= start) refuse(place, 'must ascend, and overlap no other.')
    last = end
    return { start, end }
  })
  return { incrementBytes, standby: ranges }
}

function rangeAt(range: unknown, place: string): StandbyRange {
  if (!isRecord(range)) refuse(place, 'must be an object.')
  checkKeys(range, ['start', 'end'], place)
  const { start, end } = range
  for (const [key, address] of [['start', start] as const, ['end', end] as const])
    if (!Number.isSafeInteger(address) || Number(address) < 0)
      refuse(`${place}.${key}`, 'must be a whole number of bytes.')
  return { start: Number(start), end: Number(end) }
}
