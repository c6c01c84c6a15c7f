// The contracts of drivers without slots, over virtio-mem in both of its modes.
import { x86_64 } from '@memhp/arch-x86'
import { GIB, MIB } from '@memhp/core'
import { virtioMemDriver } from '@memhp/driver-virtio-mem'
import { describe, test } from 'vitest'
import { draws } from '../../../../tests/thorough'
import { testDriver } from '../../src/contracts/index'

const runner = { describe, test }
const device = { id: 'vm0', maxBytes: GIB, address: 64 * GIB, node: 1 }
const withDevice = (more: object) => ({ devices: [{ ...device, ...more }] })

testDriver(virtioMemDriver, {
  runner,
  title: 'sub-blocks, the last block in part',
  arch: x86_64,
  config: withDevice({ requestedBytes: 300 * MIB }),
  slots: 0,
  badConfigs: [
    { config: { device: [] }, place: '.device' },
    { config: { devices: 7 }, place: '.devices' },
    { config: { devices: [{ id: 'vm0' }] }, place: '.devices[0].maxBytes' },
    { config: { devices: [device, device] }, place: '.devices[1].id' },
    { config: withDevice({ blockBytes: 3 * MIB }), place: '.devices[0].blockBytes' },
    { config: withDevice({ requestedBytes: MIB }), place: '.devices[0].requestedBytes' },
    { config: withDevice({ requestedBytes: 2 * GIB }), place: '.devices[0].requestedBytes' },
    {
      config: withDevice({ name: 'virtio0', plugged: [{ start: 0, end: GIB }] }),
      place: '.devices[0].plugged[0]',
    },
    {
      config: { devices: [{ id: 'vm0', maxBytes: GIB, plugged: [{ start: 0, end: GIB }] }] },
      place: '.devices[0].plugged',
    },
    { config: withDevice({ maxBytes: GIB + 1 }), place: '.devices[0].maxBytes' },
    { config: withDevice({ name: 'memory0' }), place: '.devices[0].name' },
    { config: { ports: [{ name: '' }] }, place: '.ports[0].name' },
    { config: { windowStart: GIB, windowEnd: GIB }, place: '.windowEnd' },
  ],
  runs: draws(8),
})

testDriver(virtioMemDriver, {
  runner,
  title: 'big blocks',
  arch: x86_64,
  config: withDevice({ blockBytes: 256 * MIB, requestedBytes: 512 * MIB }),
  slots: 0,
  runs: draws(4),
})
