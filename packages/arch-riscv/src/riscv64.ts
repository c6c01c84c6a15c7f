import type { MachineDescription } from '@memhp/core'
import { type Arch, type ArchDefinition, archCache, composeArch } from '@memhp/core/plugin'
import { describeRiscv } from './describe'
import { drawRiscv } from './draw'
import { linearEnd, memoryStart, RISCV_FEATURES, RISCV_GEOMETRY, riscvMapping } from './geometry'
import { modeOf, parseOptions, type RiscvOptions } from './options'
import { VARIANTS } from './variants'

/** 64-bit RISC-V. Source: Linux 6.11 to 7.2, arch/riscv. */
export const riscv64: ArchDefinition<RiscvOptions> = {
  name: 'riscv64',
  contract: 1,
  summary: 'RISC-V: 4 KiB pages, page tables of three to five levels, leaves of up to 512 GiB.',
  variants: VARIANTS,
  evidence: {
    sv57: {
      recordings: { 'v7.2': ['riscv64-7.2-boot-offline.json.gz'] },
      guests: [],
    },
    sv48: {
      recordings: { 'v7.2': ['riscv64-7.2-sv48-page-tables.json.gz'] },
      guests: [],
    },
    sv39: {
      recordings: { 'v7.2': ['riscv64-7.2-sv39-page-tables.json.gz'] },
      guests: [],
    },
  },
  pageSize: 4096,
  parseOptions,
  create: archOf,
  describe: describeRiscv,
  draw: drawRiscv,
}

/** Source: ARCH_ENABLE_MEMORY_HOTPLUG, arch/riscv/Kconfig 6.11. */
const HOT_PLUG_SINCE = [6, 11] as const

const shared = /* @__PURE__ */ archCache()

function archOf(options: RiscvOptions, { ram, cmdline = '' }: MachineDescription): Arch {
  const mode = options.mode ?? modeOf(cmdline)
  const start = memoryStart(ram)
  return shared([mode, start], () =>
    composeArch({
      name: 'riscv64',
      geometry: RISCV_GEOMETRY,
      features: RISCV_FEATURES,
      mapping: riscvMapping(mode, start),
      memmap: { kind: 'vmemmap' },
      since: HOT_PLUG_SINCE,
      mappable: { start, end: linearEnd(mode, start) },
    }),
  )
}
