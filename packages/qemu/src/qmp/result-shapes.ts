import { isRecord } from './message'

const hasNumbers = (value: unknown, names: readonly string[]): boolean =>
  isRecord(value) && names.every((name) => typeof value[name] === 'number')

/** What this package reads of a memory device, by the device's type. Of other types it reads nothing. */
const DEVICE_NUMBERS: Readonly<Record<string, readonly string[]>> = {
  dimm: ['addr', 'size', 'node'],
  nvdimm: ['addr', 'size', 'node'],
  'virtio-mem': ['memaddr', 'size', 'node'],
}

const isMemoryDevice = (value: unknown): boolean =>
  isRecord(value) &&
  typeof value.type === 'string' &&
  hasNumbers(value.data, DEVICE_NUMBERS[value.type] ?? [])

/** Commands whose results are read beyond this folder, with what a result must be. */
const RESULTS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['query-memory-devices', (value: unknown) => Array.isArray(value) && value.every(isMemoryDevice)],
])

/** False for a result that cannot be one of that command. Of a command that is not known to be read, all are. */
export const isResultOf = (command: string, value: unknown): boolean =>
  RESULTS.get(command)?.(value) ?? true
