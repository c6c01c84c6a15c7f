import type { MachineDescription } from '@memhp/core'
import {
  type Arch,
  type ArchDefinition,
  type ArchRefusal,
  archCache,
  composeArch,
  keepAllMemory,
  neverFreed,
} from '@memhp/core/plugin'
import { SPARC_FEATURES, sparcGeometry, sparcMapping } from './geometry'
import { parseOptions, type SparcOptions } from './options'

/** sparc64: a direct map without tables, a memmap of 4 MiB translations, no memory hot-plug. Source: Linux 3.6, arch/sparc. */
export const sparc64: ArchDefinition<SparcOptions> = {
  name: 'sparc64',
  contract: 1,
  summary:
    'sparc64: 8 KiB pages, 1 GiB sections, a memmap of 4 MiB translations; no memory hot-plug.',
  variants: { sun4v: {}, sun4u: { cpu: 'sun4u' } },
  pageSize: 8192,
  parseOptions,
  create: archOf,
}

/** Source: arch/sparc/Kconfig has no ARCH_ENABLE_MEMORY_HOTPLUG; series, patches 14 to 16 and section 5.7. */
const NO_HOTPLUG: ArchRefusal = {
  kind: 'not-written',
  errno: 'ENOSYS',
  reason:
    'kernels of sparc64 cannot be built with memory hot-plug; what the series adds are empty functions that let them link.',
}

const shared = /* @__PURE__ */ archCache()

function archOf(options: SparcOptions, { ram }: MachineDescription): Arch {
  const booted = ram.map(({ start, end }) => ({ start, end }))
  return shared([options, booted], () =>
    composeArch({
      name: 'sparc64',
      geometry: sparcGeometry(),
      features: SPARC_FEATURES,
      mapping: sparcMapping(options, booted),
      memmap: neverFreed('vmemmap'),
      canAdd: () => NO_HOTPLUG,
      canRemove: keepAllMemory(NO_HOTPLUG),
    }),
  )
}
