// The contracts of firmware drivers, on that of ACPI memory devices.
import { x86_64 } from '@memhp/arch-x86'
import { acpiDriver } from '@memhp/driver-acpi'
import { describe, test } from 'vitest'
import { testDriver } from '../../src/contracts/index'

testDriver(acpiDriver, {
  runner: { describe, test },
  arch: x86_64,
  config: { slots: 3 },
  slots: 3,
  badConfigs: [
    { config: { slots: -1 }, place: '.slots' },
    { config: { slots: 1.5 }, place: '.slots' },
    { config: { alignmentBytes: 3 }, place: '.alignmentBytes' },
    { config: { windowStart: 2 ** 33, windowEnd: 2 ** 32 }, place: '.windowEnd' },
    { config: { hotplugEnabled: 'yes' }, place: '.hotplugEnabled' },
    { config: { devices: {} }, place: '.devices' },
    { config: { devices: [{ slot: 'first' }] }, place: '.devices[0].slot' },
  ],
})

testDriver(acpiDriver, {
  runner: { describe, test },
  title: 'memory that holds its own struct pages',
  arch: x86_64,
  description: { cmdline: 'memory_hotplug.memmap_on_memory=1' },
  config: { slots: 2 },
  slots: 2,
})
