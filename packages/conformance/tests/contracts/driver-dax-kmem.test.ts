// The contracts of drivers without slots, over dax devices that kmem has, and one that no driver has.
import { x86_64 } from '@memhp/arch-x86'
import { GIB, MIB } from '@memhp/core'
import { daxKmemDriver } from '@memhp/driver-dax-kmem'
import { describe, test } from 'vitest'
import { draws } from '../../../../tests/thorough'
import { testDriver } from '../../src/contracts/index'

const runner = { describe, test }
const region = { start: 64 * GIB, sizeBytes: GIB, node: 1 }
const withRegion = (more: object) => ({ regions: [{ ...region, ...more }] })
const other = { ...region, start: 72 * GIB }

testDriver(daxKmemDriver, {
  runner,
  title: 'bound to kmem',
  arch: x86_64,
  config: withRegion({ driver: 'kmem' }),
  slots: 0,
  badConfigs: [
    { config: { devices: [] }, place: '.devices' },
    { config: { regions: 7 }, place: '.regions' },
    { config: { regions: [{ start: 0, sizeBytes: GIB }] }, place: '.regions[0].node' },
    { config: withRegion({ start: 1 }), place: '.regions[0].start' },
    { config: withRegion({ sizeBytes: 3 }), place: '.regions[0].sizeBytes' },
    {
      config: withRegion({ sizeBytes: 2 * MIB, kind: 'persistent' }),
      place: '.regions[0].sizeBytes',
    },
    { config: withRegion({ deviceBytes: 2 * GIB }), place: '.regions[0].deviceBytes' },
    { config: withRegion({ name: 'memory0' }), place: '.regions[0].name' },
    { config: withRegion({ driver: 'acpi' }), place: '.regions[0].driver' },
    { config: withRegion({ state: 'on' }), place: '.regions[0].state' },
    { config: { regions: [region, region] }, place: '.regions[1].start' },
    { config: { regions: [{ ...other, name: 'dax1.0' }, region] }, place: '.regions[1].name' },
  ],
  runs: draws(8),
})

testDriver(daxKmemDriver, {
  runner,
  title: 'not of whole blocks, and with its own struct pages',
  arch: x86_64,
  config: {
    regions: [
      { ...region, start: 64 * GIB + 2 * MIB, driver: 'kmem', memmapOnMemory: true },
      { ...other, driver: 'none' },
    ],
  },
  slots: 0,
  runs: draws(4),
})
