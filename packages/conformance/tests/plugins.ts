import { ppc64le } from '@memhp/arch-powerpc'
import { x86_64 } from '@memhp/arch-x86'
import type { Plugins } from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'
import { pseriesDriver } from '@memhp/driver-pseries'

/** All plugins there are. */
export const PLUGINS: Plugins = {
  archs: [x86_64, ppc64le],
  drivers: [acpiDriver, pseriesDriver],
}
