import type { FirmwareDialect, WantedFiles } from '@memhp/core/plugin'
import { DIALECTS } from '@memhp/platforms/dialects'

const HUGEPAGES = 'hugepages/hugepages-[0-9]+kB/(nr_hugepages|free_hugepages|surplus_hugepages'

/** Blocks, nodes and the firmware map. */
const kernelFiles = (): readonly string[] => [
  '/sys/devices/system/memory/(block_size_bytes|auto_online_blocks|crash_hotplug|probe|soft_offline_page|hard_offline_page)',
  '/sys/devices/system/memory/memory(0|[1-9][0-9]*)/(state|online|removable|valid_zones|phys_index|end_phys_index|phys_device|config|memmap_on_memory|node[0-9]+|firmware_node)',
  '/sys/devices/system/node/(possible|online|has_memory|has_normal_memory|has_high_memory|has_cpu|has_generic_initiator)',
  '/sys/devices/system/node/node[0-9]+/(meminfo|distance|cpulist|numastat|memory[0-9]+)',
  `/sys/devices/system/node/node[0-9]+/${HUGEPAGES})`,
  '/sys/devices/system/node/node[0-9]+/memory_failure/(total|ignored|failed|delayed|recovered)',
  '/sys/firmware/memmap/[0-9]+/(start|end|type)',
]

/** What concerns all memory. */
const generalFiles = (): readonly string[] => [
  '/sys/module/memory_hotplug/parameters/[a-z_]+',
  `/sys/kernel/mm/${HUGEPAGES}|resv_hugepages|nr_overcommit_hugepages)`,
  '/proc/(iomem|zoneinfo|buddyinfo|pagetypeinfo|meminfo|cmdline|version|swaps)',
]

/** Files of the kernel itself, and of what the dialects want. */
export function wantedFiles(dialects: readonly FirmwareDialect[]): WantedFiles {
  const wanted = dialects.map(({ capture }) => capture.wanted)
  const behindLinks = wanted.flatMap((each) => each.behindLinks)
  return {
    paths: [
      ...kernelFiles(),
      ...behindLinks.map(({ link, names }) => `${link}/${names}`),
      ...wanted.flatMap(({ paths }) => paths),
      ...generalFiles(),
    ],
    behindLinks,
    directories: wanted.flatMap(({ directories }) => directories),
  }
}

/**
 * Every path that a capture keeps, where the host has it. Between slashes stands an extended regular expression (POSIX, and
 * JavaScript alike) for one whole name. A link on the way is kept and followed.
 */
export const WANTED: WantedFiles = /* @__PURE__ */ wantedFiles(DIALECTS)
