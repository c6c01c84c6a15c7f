import { alignUp, type MachineDescription } from '@memhp/core'
import {
  type Arch,
  type ArchDefinition,
  type ArchRefusal,
  archCache,
  composeArch,
  derivePageBytes,
  keepAllMemory,
} from '@memhp/core/plugin'
import { IA64_FEATURES, ia64Geometry, ia64Mapping, ia64Reach, MEMMAPS } from './geometry'
import { type Ia64Options, parseOptions } from './options'

/** ia64: memory in region 7 without tables, struct pages in the tables of region 5. Source: Linux 3.6 and 6.1, arch/ia64. */
export const ia64: ArchDefinition<Ia64Options> = {
  name: 'ia64',
  contract: 1,
  summary:
    'ia64: 4 to 64 KiB pages, 1 GiB sections, a region of granules, a memmap that is never freed.',
  variants: {
    '16 KiB pages': {},
    '64 KiB pages': { pageBytes: 65_536 },
    '4 KiB pages, four levels': { pageBytes: 4096, levels: 4 },
    SPARSEMEM: { memmap: 'sparse' },
    DISCONTIGMEM: { memmap: 'virtual' },
  },
  pageSize: (files) => derivePageBytes(files),
  parseOptions,
  create: archOf,
}

/** Source: MEMORY_HOTPLUG depends on SPARSEMEM, mm/Kconfig 3.6. */
const NO_SECTIONS: ArchRefusal = {
  kind: 'not-written',
  errno: 'ENOSYS',
  reason: 'a kernel that keeps no sections (DISCONTIGMEM, FLATMEM) has no memory hot-plug.',
}

const shared = /* @__PURE__ */ archCache()

function archOf(options: Ia64Options, { ram }: MachineDescription): Arch {
  const geometry = ia64Geometry(options)
  const memoryEnd = alignUp(
    Math.max(0, ...ram.map(({ end }) => end)),
    2 ** geometry.sectionSizeBits,
  )
  const hasSections = options.memmap === 'vmemmap' || options.memmap === 'sparse'
  return shared([options, memoryEnd], () =>
    composeArch({
      name: 'ia64',
      geometry,
      features: IA64_FEATURES,
      mapping: ia64Mapping(options, memoryEnd),
      memmap: MEMMAPS[options.memmap],
      mappable: { start: 0, end: ia64Reach(options, memoryEnd) },
      ...(!hasSections && { canAdd: () => NO_SECTIONS, canRemove: keepAllMemory(NO_SECTIONS) }),
    }),
  )
}
