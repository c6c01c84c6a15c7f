import type { TraceDevice, TraceResizable } from '@memhp/trace'
import type { MemoryDeviceInfo } from '../qmp/commands'

const byId = (
  [a]: readonly [string, ...unknown[]],
  [b]: readonly [string, ...unknown[]],
): number => (a < b ? -1 : 1)

/** The DIMMs, in the order of their ids. */
export const devicesOf = (infos: readonly MemoryDeviceInfo[]): TraceDevice[] =>
  infos
    .flatMap((info): TraceDevice[] => {
      if (info.type !== 'dimm' && info.type !== 'nvdimm') return []
      const { id = '', addr, size, node } = info.data
      return [[id, addr, size, node]]
    })
    .sort(byId)

/** The devices of changing size, in the order of their ids. */
export const resizablesOf = (infos: readonly MemoryDeviceInfo[]): TraceResizable[] =>
  infos
    .flatMap((info): TraceResizable[] => {
      if (info.type !== 'virtio-mem') return []
      const { id = '', memaddr, size, node, ...sizes } = info.data
      const { 'requested-size': requested, 'max-size': max, 'block-size': block } = sizes
      return [[id, memaddr, size, requested, max, block, node]]
    })
    .sort(byId)
