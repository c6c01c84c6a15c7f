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
   * Storage that is not assigned to the partition at boot: whole increments, ascending and apart from each other. Until Linux
   * 6.18, blocks within it that the description does not have are added at boot, offline. Default: none.
   */
  readonly standby?: readonly StandbyRange[]
  /**
   * Storage elements that are not attached at boot, each by a range of standby storage, which the kernel attaches before it
   * changes any. Default: all are attached.
   */
  readonly detached?: readonly StandbyRange[]
  /**
   * First byte beyond all storage that the partition may have, whole increments: since Linux 6.19, blocks up to there have
   * directories in /sys/firmware/memory. Default: the end of `standby`; nothing has a directory where that is empty.
   */
  readonly storageEnd?: number
  /**
   * Storage whose blocks are to hold their own struct pages when they are configured, as `memmap_on_memory` reads 1. Default:
   * all of `standby` where the kernel supports it.
   */
  readonly memmapOnMemory?: readonly StandbyRange[] | null
}

/** The configuration, checked, with what could be filled in. */
export type SclpLayout = Required<SclpConfig>

const KEYS = ['incrementBytes', 'standby', 'detached', 'storageEnd', 'memmapOnMemory']

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
  const { incrementBytes = MIB } = config
  if (typeof incrementBytes !== 'number' || !isPowerOfTwo(incrementBytes) || incrementBytes < MIB)
    refuse('.incrementBytes', 'must be a power of two of at least 1 MiB.')
  const standby = rangesAt(config.standby ?? [], '.standby', incrementBytes)
  const detached = rangesAt(config.detached ?? [], '.detached', incrementBytes)
  detached.forEach((range, i) => {
    const isInside = standby.some(({ start, end }) => start <= range.start && range.end <= end)
    if (!isInside) refuse(`.detached[${i}]`, 'must lie within a range of standby.')
  })
  const memmapOnMemory =
    config.memmapOnMemory == null
      ? null
      : rangesAt(config.memmapOnMemory, '.memmapOnMemory', incrementBytes)
  const { storageEnd = standby.at(-1)?.end ?? 0 } = config
  if (!isWhole(storageEnd, incrementBytes) || storageEnd < (standby.at(-1)?.end ?? 0))
    refuse('.storageEnd', 'must be whole increments, and not below the end of standby.')
  return { incrementBytes, standby, detached, storageEnd, memmapOnMemory }
}

const isWhole = (value: unknown, incrementBytes: number): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) % incrementBytes === 0

function rangesAt(value: unknown, place: string, incrementBytes: number): readonly StandbyRange[] {
  if (!Array.isArray(value)) refuse(place, 'must be a list.')
  let last = 0
  return value.map((range: unknown, index): StandbyRange => {
    const at = `${place}[${index}]`
    const { start, end } = rangeAt(range, at)
    if (![start, end].every((address) => isWhole(address, incrementBytes)))
      refuse(at, `must be whole increments of ${incrementBytes} bytes.`)
    if (start < last || end <= start) refuse(at, 'must ascend, and overlap no other.')
    last = end
    return { start, end }
  })
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
