// What every architecture must keep to, and what the ACPI driver must keep to on this one.
import { testArch, testDriver } from '@memhp/conformance/contracts'
import { acpiDriver } from '@memhp/driver-acpi'
import { describe, test } from 'vitest'
import { window64 } from './window64'

const runner = { describe, test }

testArch(window64, { runner })
testDriver(acpiDriver, {
  runner,
  title: 'on window64',
  arch: window64,
  config: { slots: 3 },
  slots: 3,
})
