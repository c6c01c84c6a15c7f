import type { Plugins } from '@memhp/core'

/** The plugins that the command knows: what its machines may be made of. Loaded when somebody builds one. */
export async function loadPlugins(): Promise<Plugins> {
  const { x86_64 } = await import('@memhp/arch-x86')
  const { acpiDriver } = await import('@memhp/driver-acpi')
  return { archs: [x86_64], drivers: [acpiDriver] }
}
