import type { TraceDevice, TraceStep } from '@memhp/trace'
import type { MemoryDeviceInfo } from '../qmp/commands'

type FlatView = Readonly<Record<string, string>>

/** What changed from one flat view to the next, in the order of the keys. */
export function changeOf(before: FlatView, after: FlatView): Pick<TraceStep, 'set' | 'gone'> {
  const set = Object.keys(after)
    .filter((key) => before[key] !== after[key])
    .sort()
    .map((key) => [key, after[key] ?? ''] as const)
  const gone = Object.keys(before)
    .filter((key) => !(key in after))
    .sort()
  return { set: Object.fromEntries(set), gone }
}

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
