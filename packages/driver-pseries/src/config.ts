import { HotplugError, isAligned, isPowerOfTwo, MIB } from '@memhp/core'
import { LMB_TABLE_FILES, type LmbTableFile } from './dialect/dynamic-memory'
import type { LmbRun } from './dialect/lmb'

/** A DIMM that is there at boot. Bytes; its memory is whole LMBs. */
export interface PseriesDeviceConfig {
  readonly id: string
  readonly address: number
  readonly sizeBytes: number
  readonly node: number
  readonly slot?: number
  /**
   * Captured guests: the memory blocks exist already, online or not. Without it boot adds the memory, as the
   * kernel does for LMBs that the device tree says are assigned.
   */
  readonly bound?: true
}

/** `drivers.pseries` of a machine description. Plain data: it survives JSON. */
export interface PseriesConfig {
  /** `ibm,lmb-size`; default: the machine's memory block size. */
  readonly lmbBytes?: number
  /** DIMM slots; default 32, QEMU's limit. */
  readonly slots?: number
  /** Where device memory begins; default: the first GiB above boot memory. Source: QEMU hw/ppc/spapr.c. */
  readonly windowStart?: number
  /** First byte beyond device memory: QEMU's maxmem; default 1 TiB above the start. */
  readonly windowEnd?: number
  /**
   * The LMBs as a device tree lists them. Default: QEMU's layout, which is reserved up to `windowStart` and dynamic up to
   * `windowEnd`.
   */
  readonly lmbs?: readonly LmbRun[]
  /** The property that lists them; default version 2. */
  readonly lmbFile?: LmbTableFile
  readonly devices?: readonly PseriesDeviceConfig[]
}

/** The configuration, checked, with what could be filled in. */
export interface PseriesLayout extends PseriesConfig {
  readonly slots: number
  readonly devices: readonly PseriesDeviceConfig[]
}

/** Far above what platforms have. Source: QEMU's limit is 32 (SPAPR_MAX_RAM_SLOTS). */
const MOST_SLOTS = 4096
/** 64 TiB of LMBs of 16 MiB. */
const MOST_LMBS = 2 ** 22

const KEYS = ['lmbBytes', 'slots', 'windowStart', 'windowEnd', 'lmbs', 'lmbFile', 'devices']
const DEVICE_KEYS = ['id', 'address', 'sizeBytes', 'node', 'slot', 'bound']
const LMB_KEYS = ['base', 'count', 'drcIndex', 'associativityIndex', 'flags']

function refuse(place: string, what: string): never {
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `drivers.pseries${place}: ${what}`, {
    detail: { place: `drivers.pseries${place}` },
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function checkKeys(
  value: Record<string, unknown>,
  { place, known }: { readonly place: string; readonly known: readonly string[] },
): void {
  const key = Object.keys(value).find((each) => !known.includes(each))
  if (key !== undefined)
    refuse(`${place}.${key}`, `this key is not known. Known are: ${known.join(', ')}.`)
}

/** Checks the driver's part of a machine description. @throws HotplugError BAD_DESCRIPTION */
export function parseConfig(config: unknown): PseriesLayout {
  if (!isRecord(config)) refuse('', 'must be an object.')
  checkKeys(config, { place: '', known: KEYS })
  for (const key of ['slots', 'windowStart', 'windowEnd', 'lmbBytes'] as const) {
    if (config[key] !== undefined && !isCount(config[key]))
      refuse(`.${key}`, 'must be a whole number.')
  }
  if (Number(config.slots) > MOST_SLOTS) refuse('.slots', `must be at most ${MOST_SLOTS}.`)
  const { lmbBytes } = config
  if (isCount(lmbBytes) && (!isPowerOfTwo(lmbBytes) || lmbBytes < 16 * MIB)) {
    refuse('.lmbBytes', 'must be a power of two of at least 16 MiB.')
  }
  checkTable(config)
  const devices = config.devices ?? []
  if (!Array.isArray(devices)) refuse('.devices', 'must be a list.')
  devices.forEach((device, i) => {
    checkDevice(device, `.devices[${i}]`, isCount(lmbBytes) ? lmbBytes : 16 * MIB)
  })
  return { ...config, slots: isCount(config.slots) ? config.slots : 32, devices }
}

const CELLS = ['drcIndex', 'associativityIndex', 'flags'] as const

function checkTable({ lmbs, lmbFile, windowStart, windowEnd }: Record<string, unknown>): void {
  if (lmbFile !== undefined && !LMB_TABLE_FILES.some((name) => name === lmbFile))
    refuse('.lmbFile', `must be one of ${LMB_TABLE_FILES.join(', ')}.`)
  if (lmbs === undefined) return
  if (!Array.isArray(lmbs)) refuse('.lmbs', 'must be a list.')
  if (windowStart !== undefined || windowEnd !== undefined)
    refuse('.lmbs', 'say where device memory lies: leave windowStart and windowEnd out.')
  lmbs.forEach((run: unknown, i) => {
    if (!isRecord(run)) refuse(`.lmbs[${i}]`, 'must be an object.')
    checkKeys(run, { place: `.lmbs[${i}]`, known: LMB_KEYS })
    for (const key of ['base', 'count', ...CELLS])
      if (!isCount(run[key])) refuse(`.lmbs[${i}].${key}`, 'must be a whole number.')
    for (const key of CELLS)
      if (Number(run[key]) >= 2 ** 32) refuse(`.lmbs[${i}].${key}`, 'must have 32 bits.')
  })
  const count = lmbs.reduce((sum: number, run: LmbRun) => sum + run.count, 0)
  if (count > MOST_LMBS) refuse('.lmbs', `${count} LMBs are more than ${MOST_LMBS}.`)
}

function checkDevice(device: unknown, place: string, lmbBytes: number): void {
  if (!isRecord(device)) refuse(place, 'must be an object.')
  checkKeys(device, { place, known: DEVICE_KEYS })
  if (typeof device.id !== 'string' || device.id === '') refuse(`${place}.id`, 'must be a name.')
  for (const key of ['address', 'sizeBytes', 'node'] as const) {
    if (!isCount(device[key])) refuse(`${place}.${key}`, 'must be a whole number.')
  }
  for (const key of ['address', 'sizeBytes'] as const) {
    if (!isAligned(Number(device[key]), lmbBytes))
      refuse(`${place}.${key}`, `must be whole LMBs of ${lmbBytes} bytes.`)
  }
}
