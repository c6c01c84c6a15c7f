// The contracts of firmware drivers, on that of LMBs.
import { ppc64le } from '@memhp/arch-powerpc'
import { isHotplugError, type Machine, type PluggedDevice, platformOf } from '@memhp/core'
import { type PseriesState, pseriesDriver } from '@memhp/driver-pseries'
import { describe, test } from 'vitest'
import { draws } from '../../../../tests/thorough'
import { type Residue, testDriver } from '../../src/contracts/index'

const runner = { describe, test }

/** The kernel's table of LMBs keeps an entry of each that was ever there. */
const LMBS: Residue = {
  text: 'Entries of LMBs that were assigned once stay, unassigned.',
  without(memory) {
    const drivers = memory.drivers as { readonly pseries: PseriesState }
    const lmbs = [...drivers.pseries.lmbs].filter(([, { assigned }]) => assigned)
    return { ...memory, drivers: { pseries: { ...drivers.pseries, lmbs: new Map(lmbs) } } }
  },
}

/**
 * QEMU keeps waiting where the kernel could not even give the first LMB, and asks no second time: the guest gives them
 * by itself (spec 6.2.7).
 */
function takeOut(machine: Machine, { id, address, sizeBytes }: PluggedDevice): void {
  try {
    platformOf(machine, 'pseries').requestUnplug(machine, id)
  } catch (error) {
    if (!isHotplugError(error) || error.code !== 'UNPLUG_PENDING') throw error
    const { blockBytes } = machine.geometry
    const drcIndex = (0x8000_0000 + address / blockBytes).toString(16)
    const count = sizeBytes / blockBytes
    machine.tree.write('/sys/kernel/dlpar', `memory remove indexed-count ${count} 0x${drcIndex}`)
  }
}

describe.each(['radix', 'hash'])('%s', (mmu) => {
  testDriver(pseriesDriver, {
    runner,
    runs: draws(20),
    arch: ppc64le,
    archOptions: mmu === 'hash' ? { mmu, hptResize: false } : { mmu },
    // LMBs go online by themselves: in Movable they hold no struct pages of later ones.
    description: { cmdline: 'movable_node' },
    config: { slots: 3 },
    slots: 3,
    residue: [LMBS],
    takeOut,
    // A connector that was configured for an add that failed is not isolated again (spec 6.2.7).
    untakenDevice: 'stays',
    badConfigs: [
      { config: { slots: -1 }, place: '.slots' },
      { config: { lmbBytes: 2 ** 20 }, place: '.lmbBytes' },
      { config: { windowStart: 'here' }, place: '.windowStart' },
      { config: { devices: {} }, place: '.devices' },
      { config: { devices: [{ id: '' }] }, place: '.devices[0].id' },
    ],
  })
})
