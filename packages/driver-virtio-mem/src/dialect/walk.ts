import type { FirmwareWalk, FirmwareWrite, Random, WalkView } from '@memhp/core/plugin'
import { INJECTION_POINTS } from './injection-points'

const MIB = 2 ** 20
const GIB = 2 ** 30
const DRIVER_DIRECTORY = '/sys/bus/virtio/drivers/virtio_mem'

/** Devices far above all that a simulation boots with. */
function drawConfig(random: Random): object {
  const blockBytes = random.pick([2, 4, 64, 256]) * MIB
  const maxBytes = random.pick([1, 2]) * GIB
  const requestedBytes = random.below(maxBytes / blockBytes + 1) * blockBytes
  return { devices: [{ id: 'vm0', maxBytes, blockBytes, requestedBytes, address: 64 * GIB }] }
}

/** The driver is taken off a device, or given one. */
const drawBinding = (view: WalkView, random: Random): FirmwareWrite | undefined => {
  if (view.names(DRIVER_DIRECTORY).length === 0) return undefined
  const text = random.pick(['virtio0', 'virtio0\n', 'virtio1', 'virtio7', ''])
  return { path: `${DRIVER_DIRECTORY}/${random.percent(70) ? 'bind' : 'unbind'}`, text }
}

const hasDriver = (view: WalkView): boolean => view.names(DRIVER_DIRECTORY).length > 0

/** Words that bind and unbind its devices; and, for the sweep, requests of the hypervisor. */
export const VIRTIO_MEM_WALK: FirmwareWalk = {
  archs: ['x86_64'],
  drawConfig,
  requests: [{ weight: 2, draw: drawBinding }],
  sweep: {
    archs: ['x86_64'],
    config: () => ({ devices: [{ id: 'vm0', maxBytes: GIB, node: 1, address: 64 * GIB }] }),
    points: INJECTION_POINTS,
    operations: [
      {
        name: 'a device is asked for a block',
        from: 'empty',
        has: hasDriver,
        by: { resize: 1 },
      },
      {
        name: 'a device is asked for a part of a block',
        from: 'empty',
        has: hasDriver,
        by: { resize: 0.5 },
      },
      {
        name: 'a device gives an offline block back',
        from: 'plugged',
        has: hasDriver,
        by: { resize: 0 },
      },
      {
        name: 'a device gives an online block back',
        from: 'online',
        has: hasDriver,
        by: { resize: 0 },
      },
      {
        name: 'a device of changing size is plugged',
        from: 'empty',
        has: hasDriver,
        by: { attach: 8 },
      },
      {
        name: 'a driver lets a device go',
        from: 'empty',
        has: hasDriver,
        by: () => ({ path: `${DRIVER_DIRECTORY}/unbind`, text: 'virtio0' }),
      },
    ],
  },
}
