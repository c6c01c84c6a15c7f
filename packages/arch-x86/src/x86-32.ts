import { alignUp, type MachineDescription, MIB } from '@memhp/core'
import {
  type Arch,
  type ArchDefinition,
  archCache,
  composeArch,
  PER_SECTION_MEMMAP,
} from '@memhp/core/plugin'
import { narrowGeometry, narrowMapping, X86_NARROW_FEATURES } from './geometry-32'
import { parseNarrowOptions, type X86NarrowOptions } from './options-32'

/**
 * x86 with 32 bits, with PAE or without: HighMem, classic sparsemem. Kernels have memory hot-plug for it until Linux 5.15.
 * Source: series of 2012, section 5.2; Linux 3.10, arch/x86/mm/init_32.c.
 */
export const x86_32: ArchDefinition<X86NarrowOptions> = {
  name: 'x86_32',
  contract: 1,
  summary: 'x86 with 32 bits: 4 KiB pages, 896 MiB mapped, the rest HighMem; with PAE or without.',
  variants: { PAE: {}, 'without PAE': { pae: false } },
  pageSize: 4096,
  parseOptions: parseNarrowOptions,
  create: archOf,
}

const shared = /* @__PURE__ */ archCache()

function archOf(options: X86NarrowOptions, description: MachineDescription): Arch {
  const lowmemEnd = lowmemEndOf(options, description)
  return shared([options, lowmemEnd], () =>
    composeArch({
      name: 'x86_32',
      geometry: narrowGeometry(options, lowmemEnd),
      features: X86_NARROW_FEATURES,
      mapping: narrowMapping(options),
      memmap: PER_SECTION_MEMMAP,
      // Source: __add_pages, mm/memory_hotplug.c 3.10; series of 2012, section 4.2.
      failedAddLeaves: ['earlier sections'],
    }),
  )
}

/** Where HighMem begins: where lowmem ends, or boot memory. Source: find_low_pfn_range, arch/x86/mm/init_32.c 3.10. */
function lowmemEndOf({ lowmemBytes }: X86NarrowOptions, { ram }: MachineDescription): number {
  const memoryEnd = Math.max(0, ...ram.map(({ end }) => end))
  return Math.min(lowmemBytes, Math.max(32 * MIB, alignUp(memoryEnd, 4 * MIB)))
}
