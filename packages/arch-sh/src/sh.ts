import type { MachineDescription } from '@memhp/core'
import {
  type Arch,
  type ArchDefinition,
  archCache,
  composeArch,
  derivePageBytes,
  PER_SECTION_MEMMAP,
} from '@memhp/core/plugin'
import { SH_FEATURES, shGeometry, shMapping, shReach } from './geometry'
import { parseOptions, type ShOptions } from './options'

/** sh: memory in segments without tables, struct pages for each section alone. Source: Linux 3.6, arch/sh. */
export const sh: ArchDefinition<ShOptions> = {
  name: 'sh',
  contract: 1,
  summary: 'SuperH: 4 to 64 KiB pages, 64 MiB sections, segments without page tables.',
  variants: { '29 bits': {}, PMB: { addressing: 'pmb' } },
  pageSize: (files) => derivePageBytes(files),
  parseOptions,
  create: archOf,
}

const shared = /* @__PURE__ */ archCache()

function archOf(options: ShOptions, { ram }: MachineDescription): Arch {
  const booted = ram.map(({ start, end }) => ({ start, end }))
  return shared([options, booted], () =>
    composeArch({
      name: 'sh',
      geometry: shGeometry(options),
      features: SH_FEATURES,
      mapping: shMapping(options, booted),
      memmap: PER_SECTION_MEMMAP,
      mappable: shReach(options, booted),
    }),
  )
}
