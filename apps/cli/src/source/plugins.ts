import type { Plugins } from '@memhp/core'

/** The plugins that the command knows: what its machines may be made of. Loaded when one is built. */
export async function loadPlugins(): Promise<Plugins> {
  const [{ x86_64 }, { ppc64le }, { acpiDriver }, { pseriesDriver }] = await Promise.all([
    import('@memhp/arch-x86'),
    import('@memhp/arch-powerpc'),
    import('@memhp/driver-acpi'),
    import('@memhp/driver-pseries'),
  ])
  return { archs: [x86_64, ppc64le], drivers: [acpiDriver, pseriesDriver] }
}
