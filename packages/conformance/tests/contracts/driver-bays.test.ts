// The contracts of firmware drivers, on one whose slots have an address each, and room for no more than that,
// and which count what they were given.
import { x86_64 } from '@memhp/arch-x86'
import { GIB, HotplugError, type Platform } from '@memhp/core'
import { defineDriver } from '@memhp/core/plugin'
import { type AcpiState, acpiDriver, acpiState } from '@memhp/driver-acpi'
import { describe, test } from 'vitest'
import { testDriver } from '../../src/contracts/index'

const FIRST = 64 * GIB
const BAY_BYTES = 16 * GIB

const inBays = (dimms: Platform): Platform => ({
  ...dimms,
  plug(machine, request) {
    const taken = dimms.plugged(machine).map(({ slot }) => slot)
    const bay = request.slot ?? [0, 1, 2, 3].find((each) => !taken.includes(each)) ?? 0
    const address = FIRST + bay * BAY_BYTES
    if (request.sizeBytes > BAY_BYTES || (request.address ?? address) !== address)
      throw new HotplugError('NO_ADDRESS_SPACE', 'ENOSPC', `Bay ${bay} has 16 GiB at ${address}.`)
    const device = dimms.plug(machine, { ...request, slot: bay, address })
    const state: AcpiState & { served?: number } = acpiState(machine)
    state.served = (state.served ?? 0) + 1
    return device
  },
})

const bays = defineDriver({
  ...acpiDriver,
  create(config) {
    const driver = acpiDriver.create(config)
    return { ...driver, platform: driver.platform && inBays(driver.platform) }
  },
})

const config = { slots: 3, windowStart: FIRST, windowEnd: FIRST + 3 * BAY_BYTES }
const suite = {
  runner: { describe, test },
  arch: x86_64,
  slots: 3,
  addresses: 'of-slots',
  residue: [{ text: 'The bays count what they were given.', fields: ['served'] }],
} as const

testDriver(bays, { ...suite, config, title: 'in bays' })
testDriver(bays, {
  ...suite,
  config: { ...config, alignmentBytes: GIB },
  title: 'in bays, by the GiB',
  description: { blockSizeBytes: GIB },
})
