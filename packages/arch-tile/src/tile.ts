import {
  type Arch,
  type ArchDefinition,
  type ArchRefusal,
  archCache,
  composeArch,
  derivePageBytes,
  keepAllMemory,
} from '@memhp/core/plugin'
import { TILE_FEATURES, tileGeometry, tileMapping } from './geometry'
import { parseOptions, type TileOptions } from './options'

/** tile: huge pages in hypervisor page tables, one memmap of boot's, no memory hot-plug. Source: Linux 3.6, arch/tile. */
export const tile: ArchDefinition<TileOptions> = {
  name: 'tile',
  contract: 1,
  summary:
    'tile (Gx, Pro): 64 KiB pages, hypervisor page tables, 16 MiB leaves; no memory hot-plug.',
  variants: { Gx: {}, Pro: { chip: 'pro' } },
  pageSize: (files) => derivePageBytes(files),
  parseOptions,
  create: archOf,
}

/** Source: arch/tile/Kconfig, mm/init.c 3.6; series, section 5.8. */
const NO_ADD: ArchRefusal = {
  kind: 'not-written',
  errno: 'ENOSYS',
  reason:
    'its kernels keep memory by nodes, without sections, and cannot be built with memory hot-plug; the code for it is dead.',
}

/** Source: arch_remove_memory, arch/tile/mm/init.c, series, patch 12. */
const NO_REMOVE: ArchRefusal = {
  kind: 'not-written',
  errno: 'EBUSY',
  reason: 'what the series puts there refuses, and is still to be written.',
}

const shared = /* @__PURE__ */ archCache()

function archOf(options: TileOptions): Arch {
  return shared(options, () =>
    composeArch({
      name: 'tile',
      geometry: tileGeometry(options),
      features: TILE_FEATURES,
      mapping: tileMapping(options),
      memmap: { kind: 'flat' },
      canAdd: () => NO_ADD,
      canRemove: keepAllMemory(NO_REMOVE),
    }),
  )
}
