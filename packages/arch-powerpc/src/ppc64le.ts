import { type Arch, type ArchDefinition, defineArch } from '@memhp/core/plugin'
import { POWERPC_FEATURES, powerpcGeometry } from './geometry'
import { hashMmu } from './hash/hash'
import { addMemory, removeMemory } from './memory'
import { type PowerpcOptions, parseOptions } from './options'
import { RADIX } from './radix/radix'

/** 64-bit powerpc (book3s) with radix page tables or the hash page table. Source: Linux 6.1, arch/powerpc. */
export const ppc64le: ArchDefinition<PowerpcOptions> = defineArch({
  name: 'ppc64le',
  contract: 1,
  summary: '64-bit powerpc: 64 KiB pages, 16 MiB sections, blocks of one LMB; radix or hash MMU.',
  parseOptions,
  create: (options): Arch => {
    const mmu = options.mmu === 'hash' ? hashMmu(options) : RADIX
    return {
      name: 'ppc64le',
      geometry: powerpcGeometry(options),
      features: POWERPC_FEATURES,
      removal: { kind: 'supported' },
      memoryBlockSizeBytes: () => options.lmbBytes,
      boot: mmu.boot,
      addMemory: (machine, request) => addMemory(mmu, machine, request),
      removeMemory: (machine, request) => removeMemory(mmu, machine, request),
      ...(mmu.entries === undefined ? {} : { entries: mmu.entries }),
      meminfo: mmu.meminfo,
      check: mmu.check,
    }
  },
})
