// @memhp/platforms, for machines of every kind: the one list of architectures and firmware drivers.
import { ppc64le } from '@memhp/arch-powerpc'
import { x86_32, x86_64 } from '@memhp/arch-x86'
import type { Plugins } from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'
import { pseriesDriver } from '@memhp/driver-pseries'

/** Every architecture. */
export const ARCHS: Plugins['archs'] = [x86_64, x86_32, ppc64le]

/** Every firmware driver. */
export const DRIVERS: readonly [typeof acpiDriver, typeof pseriesDriver] = [
  acpiDriver,
  pseriesDriver,
]

/** Every plugin: what a machine may be made of. */
export const PLUGINS: Plugins<typeof DRIVERS> = { archs: ARCHS, drivers: DRIVERS }
