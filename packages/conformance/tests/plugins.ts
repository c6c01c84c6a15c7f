import { x86_64 } from '@memhp/arch-x86'
import type { Plugins } from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'

/** All plugins there are. */
export const PLUGINS: Plugins = { archs: [x86_64], drivers: [acpiDriver] }
