import { HotplugError, rangesOverlap } from '@memhp/core'
import type { VirtioMemInfo } from '@memhp/qemu'
import { CliError, EXIT } from '../errors'
import type { Monitor } from './monitor'
import type { HypervisorDevice, Resizer } from './resizing'

const deviceOf = (id: string, info: VirtioMemInfo): HypervisorDevice => ({
  id,
  sizeBytes: info.size,
  requestedBytes: info['requested-size'],
  mostBytes: info['max-size'],
  blockBytes: info['block-size'],
})

/** Has QEMU's monitor change the sizes of virtio-mem devices. */
export function qmpResizer(monitor: Monitor): Resizer {
  const devices = async (): Promise<readonly VirtioMemInfo[]> =>
    (await monitor.execute('query-memory-devices')).flatMap(({ type, data }) =>
      type === 'virtio-mem' ? [data] : [],
    )
  return {
    name: monitor.name,
    deviceAt: async (range, name) => {
      const found = (await devices()).find((each) =>
        rangesOverlap({ start: each.memaddr, end: each.memaddr + each['max-size'] }, range),
      )
      if (found?.id !== undefined) return deviceOf(found.id, found)
      throw new CliError(`QEMU has no virtio-mem device with an id where ${name} is`, {
        exitCode: EXIT.refused,
        remedy:
          'name the monitor of that guest; a device has to have an id: -device virtio-mem-pci,id=…',
      })
    },
    look: async (id) => {
      const found = (await devices()).find((each) => each.id === id)
      if (found !== undefined) return deviceOf(id, found)
      throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `QEMU has no ${id} any more.`)
    },
    ask: async (id, bytes) => {
      const path = `/machine/peripheral/${id}`
      await monitor.execute('qom-set', { path, property: 'requested-size', value: bytes })
    },
  }
}
