import type { TraceDevice } from '@memhp/trace'
import type { MemoryDeviceInfo } from '../qmp/commands'
import { QmpConnectionError } from '../qmp/errors'

/**
 * The devices that have a place in memory, in the order of their ids.
 * @throws QmpConnectionError `protocol` for what is not a list of devices
 */
export function devicesOf(infos: readonly MemoryDeviceInfo[]): TraceDevice[] {
  const areInfos = Array.isArray(infos) && infos.every((info) => typeof info?.data === 'object')
  if (!areInfos)
    throw new QmpConnectionError('protocol', 'query-memory-devices answers no list of devices')
  return infos.flatMap(deviceOf).sort(([a], [b]) => (a < b ? -1 : 1))
}

function deviceOf(info: MemoryDeviceInfo): TraceDevice[] {
  if (info.type === 'dimm' || info.type === 'nvdimm') {
    const { id = '', addr, size, node } = info.data
    return [[id, addr, size, node]]
  }
  if (info.type !== 'virtio-mem') return []
  const { id = '', memaddr, size, node } = info.data
  return [[id, memaddr, size, node]]
}
