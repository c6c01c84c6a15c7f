import {
  type Arch,
  type ArchDefinition,
  checkMapping,
  defineArch,
  mapBootMemory,
} from '@memhp/core/plugin'
import { memoryBlockSizeBytes } from './block-size'
import { X86_FEATURES, x86Geometry } from './geometry'
import { meminfo } from './meminfo'
import { addMemory, removeMemory } from './memory'
import { parseOptions, type X86Options } from './options'

/** x86-64 with four or five levels of page tables. Source: Linux 6.1, arch/x86. */
export const x86_64: ArchDefinition<X86Options> = defineArch({
  name: 'x86_64',
  contract: 1,
  summary: 'x86-64: 4 KiB pages, 128 MiB sections, page tables of four or five levels.',
  parseOptions,
  create: (options): Arch => ({
    name: 'x86_64',
    geometry: x86Geometry(options),
    features: X86_FEATURES,
    removal: { kind: 'supported' },
    memoryBlockSizeBytes: (description) => memoryBlockSizeBytes(description, options),
    boot: (machine) => {
      const { neverUsed } = machine.generation.rules.mapping
      mapBootMemory(machine, { neverUsed })
    },
    addMemory,
    removeMemory,
    meminfo,
    check: (machine) => {
      const { emptyTables, neverUsed } = machine.generation.rules.mapping
      checkMapping(machine, { emptyTables, vmemmap: neverUsed === 'marked' ? 'exact' : 'late' })
    },
  }),
})
