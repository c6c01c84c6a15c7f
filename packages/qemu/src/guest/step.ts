import type { TraceDevice } from '@memhp/trace'
import type { MemoryDeviceInfo } from '../qmp/commands'

/** The devices that have a place in memory, in the order of their ids. */
export function devicesOf(infos: readonly MemoryDeviceInfo[]): TraceDevice[] {
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
