// What every architecture must keep to, and what the ACPI driver must keep to on this one.
import { testArch, testDriver } from '@memhp/conformance/contracts'
import { acpiDriver } from '@memhp/driver-acpi'
import { describe, test } from 'vitest'
import { hasMemmap, window64 } from './window64'

const runner = { describe, test }

// The windows map everything: what comes and goes are struct pages.
testArch(window64, { runner, isMapped: hasMemmap })
testDriver(acpiDriver, {
  runner,
  title: 'on window64',
  arch: window64,
  config: { slots: 3 },
  slots: 3,
})
