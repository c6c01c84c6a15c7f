import { ERRNO, HotplugError, type Machine } from '@memhp/core'
import {
  type Arch,
  type ArchDefinition,
  type ArchParts,
  archCache,
  composeArch,
  derivePageBytes,
  type FailedAddResidue,
  logLine,
} from '@memhp/core/plugin'
import { describePowerpc } from './describe'
import { drawPowerpc } from './draw'
import { POWERPC_FEATURES, powerpcGeometry, radixMapping } from './geometry'
import { hashParts } from './hash/hash'
import { type PowerpcOptions, parseOptions } from './options'

/**
 * What a failed add leaves behind on powerpc, as the kernel does: the linear mapping is taken back, the sections
 * before the one that failed are not. A later add of the range finds them (EEXIST).
 * Source: arch_add_memory, arch/powerpc/mm/mem.c 6.1, and __add_pages; spec 2.5.
 */
export const FAILED_ADD_LEAVES: readonly FailedAddResidue[] = ['earlier sections']

/** 64-bit powerpc (book3s) with radix page tables or the hash page table. Source: Linux 6.1, arch/powerpc. */
export const ppc64le: ArchDefinition<PowerpcOptions> = {
  name: 'ppc64le',
  contract: 1,
  summary: '64-bit powerpc: 64 KiB pages, 16 MiB sections, blocks of one LMB; radix or hash MMU.',
  variants: {
    radix: {},
    'radix, 4 KiB pages': { pageBytes: 4096 },
    hash: { mmu: 'hash' },
  },
  evidence: {
    radix: {
      recordings: {
        'v6.1': ['ppc64le-radix', 'ppc64le-faults', 'walks'],
        'v6.12': ['ppc64le-radix-6.12.107'],
        'v7.2': ['ppc64le-radix-7.2.13', 'walks'],
      },
      guests: ['ppc64le-radix'],
    },
    hash: {
      recordings: { 'v6.1': ['ppc64le-hash', 'walks'], 'v7.2': ['ppc64le-hash-7.2.13'] },
      guests: ['ppc64le-hash'],
    },
  },
  pageSize: (files) => derivePageBytes(files, [4096, 65_536]),
  parseOptions,
  create: archOf,
  describe: describePowerpc,
  draw: drawPowerpc,
}

const shared = /* @__PURE__ */ archCache()

function archOf(options: PowerpcOptions): Arch {
  return shared(options, () =>
    composeArch({
      name: 'ppc64le',
      geometry: powerpcGeometry(options),
      features: POWERPC_FEATURES,
      memmap: { kind: 'vmemmap' },
      blockBytes: options.lmbBytes,
      failedAddLeaves: FAILED_ADD_LEAVES,
      directMapFailure,
      ...(options.mmu === 'hash' ? hashParts(options) : { mapping: radixMapping(options) }),
    }),
  )
}

/** The kernel says so in the log and answers EFAULT, whatever the reason. Source: arch/powerpc/mm/mem.c 6.1; spec 2.5. */
function directMapFailure(
  machine: Machine,
  { range, cause }: Parameters<NonNullable<ArchParts['directMapFailure']>>[1],
): HotplugError {
  const hex = (value: number): string => `0x${value.toString(16)}`
  const result = cause.code === 'MAPPING_FAILED' ? -1 : -ERRNO[cause.errno]
  const text = `Unable to create linear mapping for ${hex(range.start)}..${hex(range.end)}: ${result}`
  logLine(machine, 'warn', text)
  return new HotplugError('MAPPING_FAILED', 'EFAULT', text, { detail: { ...range }, cause })
}
