// What every firmware driver must keep to.
import { x86_64 } from '@memhp/arch-x86'
import { testDriver } from '@memhp/conformance/contracts'
import { describe, test } from 'vitest'
import { trayDriver } from './tray'

testDriver(trayDriver, {
  runner: { describe, test },
  arch: x86_64,
  config: { slots: 3 },
  slots: 3,
  badConfigs: [{ config: { slots: -1 }, place: '.slots' }],
})
