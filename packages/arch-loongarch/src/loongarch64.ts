import type { Generation, MachineDescription } from '@memhp/core'
import {
  type Arch,
  type ArchDefinition,
  archCache,
  composeArch,
  derivePageBytes,
  neverFreed,
  PER_SECTION_MEMMAP,
} from '@memhp/core/plugin'
import { describeLoongArch } from './describe'
import { drawLoongArch } from './draw'
import { LOONGARCH_FEATURES, loongArchGeometry, loongArchMapping, REACH } from './geometry'
import { type LoongArchOptions, PAGE_SIZES, parseOptions } from './options'
import { VARIANTS } from './variants'

/** 64-bit LoongArch, which Debian calls loong64. Source: Linux 6.1 to 7.2, arch/loongarch. */
export const loongarch64: ArchDefinition<LoongArchOptions> = {
  name: 'loongarch64',
  contract: 1,
  summary:
    'LoongArch: pages of 4, 16 or 64 KiB, a window over memory, a memmap that is never freed.',
  variants: VARIANTS,
  evidence: {
    '16 KiB pages': {
      recordings: { 'v7.2': ['loong64-7.2', 'loong64-7.2-page-tables.json.gz'] },
      guests: [],
    },
  },
  pageSize: (files) => derivePageBytes(files, PAGE_SIZES),
  parseOptions,
  create: archOf,
  describe: describeLoongArch,
  draw: drawLoongArch,
}

/** Source: ARCH_ENABLE_MEMORY_HOTPLUG, arch/loongarch/Kconfig 5.19, where the architecture came. */
const HOT_PLUG_SINCE = [5, 19] as const

const shared = /* @__PURE__ */ archCache()

function archOf(
  options: LoongArchOptions,
  _: MachineDescription,
  { rules: { mapping } }: Generation,
): Arch {
  const { windowMemmap } = mapping
  return shared([options, windowMemmap], () =>
    composeArch({
      name: 'loongarch64',
      geometry: loongArchGeometry(options),
      features: LOONGARCH_FEATURES,
      mapping: loongArchMapping(options, windowMemmap),
      // vmemmap_free is empty: struct pages stay mapped, and serve the next section there.
      memmap: windowMemmap === 'vmemmap' ? neverFreed('vmemmap') : PER_SECTION_MEMMAP,
      since: HOT_PLUG_SINCE,
      mappable: { start: 0, end: REACH },
    }),
  )
}
