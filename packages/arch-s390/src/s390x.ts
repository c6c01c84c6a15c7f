import { alignDown, type Generation, type MachineDescription } from '@memhp/core'
import {
  type Arch,
  type ArchDefinition,
  type ArchRefusal,
  archCache,
  composeArch,
} from '@memhp/core/plugin'
import { describeS390 } from './describe'
import { drawS390 } from './draw'
import { depthFor, identityEnd, S390_FEATURES, s390Geometry, s390Mapping } from './geometry'
import { parseOptions, type S390Options } from './options'

/** s390x: the identity map and the vmemmap in region, segment and page tables. Source: Linux 6.1, arch/s390. */
export const s390x: ArchDefinition<S390Options> = {
  name: 's390x',
  contract: 1,
  summary: 's390x: 4 KiB pages, sections of 128 or 256 MiB, region, segment and page tables.',
  variants: {
    EDAT2: {},
    EDAT1: { edat: 1 },
    'without EDAT': { edat: 0 },
  },
  // The recorded machines, and the guests, are emulated, without EDAT.
  evidence: {
    'without EDAT': {
      recordings: {
        'v6.1': ['s390x-6.1', 'walks'],
        'v7.2': ['s390x-7.2', 's390x-7.2-page-tables.json.gz', 'walks'],
      },
      guests: ['s390x'],
    },
  },
  pageSize: 4096,
  parseOptions,
  create: archOf,
  describe: describeS390,
  draw: drawS390,
}

/** Source: series, patch 12: arch_remove_memory, arch/s390/mm/init.c, and its comment. */
const NEVER_ASKED: ArchRefusal = {
  kind: 'not-written',
  errno: 'EBUSY',
  reason:
    'neither hardware nor firmware of s390 ever asks for it, so kernels of 2012 have no code for it.',
}

const shared = /* @__PURE__ */ archCache()

function archOf(
  options: S390Options,
  { ram }: MachineDescription,
  { rules: { mapping } }: Generation,
): Arch {
  const memoryEnd = options.maxMemoryBytes ?? Math.max(0, ...ram.map(({ end }) => end))
  const depth = depthFor(memoryEnd)
  const { incrementBytes, maxMemoryBytes } = options
  const sectionBytes = options.sectionBytes ?? mapping.sectionBytes
  const reach = Math.min(identityEnd(depth), maxMemoryBytes ?? Infinity)
  return shared([options, depth, mapping], () =>
    composeArch({
      name: 's390x',
      geometry: s390Geometry(sectionBytes),
      features: S390_FEATURES,
      mapping: s390Mapping(options, { depth, halfPageTables: mapping.halfPageTables }),
      memmap: { kind: 'vmemmap' },
      blockBytes: Math.max(sectionBytes, incrementBytes),
      mappable: { start: 0, end: Math.max(sectionBytes, alignDown(reach, sectionBytes)) },
      canRemove: ({ generation }) =>
        generation.rules.remove.unasked === 'refused' ? NEVER_ASKED : { kind: 'allowed' },
    }),
  )
}
