import type { MachineDescription } from '@memhp/core'
import {
  type Arch,
  type ArchDefinition,
  archCache,
  composeArch,
  derivePageBytes,
} from '@memhp/core/plugin'
import { describeArm64 } from './describe'
import { drawArm64 } from './draw'
import { arm64Features, arm64Geometry, arm64Mapping, linearEnd, memoryStart } from './geometry'
import { registerArm64Notifier } from './notifier'
import { type Arm64Options, describeLinearMap, PAGE_SIZES, parseOptions } from './options'
import { VARIANTS } from './variants'

/** 64-bit Arm, which Debian calls arm64. Source: Linux 6.1 to 7.3, arch/arm64. */
export const aarch64: ArchDefinition<Arm64Options> = {
  name: 'aarch64',
  contract: 1,
  summary: '64-bit Arm: pages of 4, 16 or 64 KiB, block and contiguous leaves; boot memory stays.',
  variants: VARIANTS,
  evidence: {
    '4 KiB pages': {
      recordings: {
        'v5.10': ['arm64-5.10'],
        'v6.12': ['arm64-6.12'],
        'v7.3': ['arm64-7.3', 'arm64-7.3-page-tables.json.gz'],
      },
      guests: ['arm64'],
    },
    '16 KiB pages': {
      recordings: { 'v7.3': ['arm64-7.3-16k-page-tables.json.gz'] },
      guests: [],
    },
  },
  pageSize: (files) => derivePageBytes(files, PAGE_SIZES),
  parseOptions,
  create: archOf,
  describe: describeArm64,
  draw: drawArm64,
}

/** Memory is added since 5.0, and removed since 5.7. Source: ARCH_ENABLE_MEMORY_HOTREMOVE, arch/arm64/Kconfig 5.7. */
const HOT_PLUG_SINCE = [5, 7] as const

const shared = /* @__PURE__ */ archCache()

function archOf(given: Arm64Options, { ram, cmdline = '' }: MachineDescription): Arch {
  const linearMap = given.linearMap ?? describeLinearMap(cmdline)
  const options = { ...given, linearMap }
  const geometry = arm64Geometry(options, ram)
  const start = memoryStart(options.pageBytes, ram)
  return shared([options, geometry, start], () =>
    composeArch({
      name: 'aarch64',
      geometry,
      features: arm64Features(options),
      mapping: arm64Mapping(options, start),
      memmap: { kind: 'vmemmap' },
      since: HOT_PLUG_SINCE,
      mappable: { start, end: linearEnd(options, start) },
      boot: registerArm64Notifier,
    }),
  )
}
