import {
  type Arch,
  type ArchDefinition,
  archCache,
  composeArch,
  type FailedAddResidue,
} from '@memhp/core/plugin'
import { memoryBlockSizeBytes } from './block-size'
import { describeX86 } from './describe'
import { type BelowDirectMap, X86_FEATURES, x86Geometry, x86Mapping } from './geometry'
import { parseOptions, type X86Options } from './options'

/**
 * What a failed add leaves behind on x86-64, as the kernel does: it warns, and neither unmaps the range nor removes
 * the sections that it had added before the one that failed. A later add of the range finds them (EEXIST).
 * Source: add_pages and __add_pages, 6.1; spec 2.5.
 */
export const FAILED_ADD_LEAVES: readonly FailedAddResidue[] = ['direct map', 'earlier sections']

/** x86-64 with four or five levels of page tables. Source: Linux 6.1, arch/x86. */
export const x86_64: ArchDefinition<X86Options> = {
  name: 'x86_64',
  contract: 1,
  summary: 'x86-64: 4 KiB pages, 128 MiB sections, page tables of four or five levels.',
  variants: { 'four levels': {}, 'five levels': { levels: 5 } },
  pageSize: 4096,
  parseOptions,
  create: (options, description, { rules }) => {
    const blockBytes = memoryBlockSizeBytes(description, options)
    return archOf(options, { blockBytes, below: rules.mapping.directMapAfter })
  },
  describe: describeX86,
}

/** By options, block size and kernel. */
const shared = /* @__PURE__ */ archCache()

function archOf(
  options: X86Options,
  kernel: { readonly blockBytes: number; readonly below: BelowDirectMap },
): Arch {
  const { blockBytes, below } = kernel
  return shared([options, kernel], () =>
    composeArch({
      name: 'x86_64',
      geometry: x86Geometry(options),
      features: X86_FEATURES,
      mapping: x86Mapping(options, below),
      memmap: { kind: 'vmemmap' },
      blockBytes,
      failedAddLeaves: FAILED_ADD_LEAVES,
    }),
  )
}
