// The contracts of drivers whose memory is there from boot, on s390x with standby memory.
import { s390x } from '@memhp/arch-s390'
import { GIB, MIB } from '@memhp/core'
import { sclpDriver } from '@memhp/driver-sclp'
import { describe, test } from 'vitest'
import { draws } from '../../../../tests/thorough'
import { testDriver } from '../../src/contracts/index'

const runner = { describe, test }

const STANDBY = [
  { start: 2 * GIB, end: 2 * GIB + 512 * MIB },
  { start: 8 * GIB, end: 8 * GIB + 256 * MIB },
]

testDriver(sclpDriver, {
  runner,
  arch: s390x,
  archOptions: { edat: 1 },
  config: { standby: STANDBY },
  slots: 0,
  badConfigs: [
    { config: { incrementBytes: 3 * MIB }, place: '.incrementBytes' },
    { config: { incrementBytes: 4096 }, place: '.incrementBytes' },
    { config: { standby: 7 }, place: '.standby' },
    { config: { standby: [{ start: 0 }] }, place: '.standby[0].end' },
    { config: { standby: [{ start: 0, end: 4096 }] }, place: '.standby[0]' },
    { config: { standby: STANDBY.toReversed() }, place: '.standby[1]' },
    { config: { standby: [{ start: 0, end: GIB, node: 0 }] }, place: '.standby[0].node' },
    { config: { standby: STANDBY, storageEnd: 8 * GIB }, place: '.storageEnd' },
    { config: { detached: STANDBY }, place: '.detached[0]' },
    { config: { memmapOnMemory: 1 }, place: '.memmapOnMemory' },
  ],
  runs: draws(8),
})

testDriver(sclpDriver, {
  runner,
  title: 'increments larger than blocks',
  arch: s390x,
  config: { incrementBytes: 512 * MIB, standby: STANDBY.slice(0, 1) },
  slots: 0,
  runs: draws(4),
})
