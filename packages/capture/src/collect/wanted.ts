import { DEVICE_TREE, DYNAMIC_MEMORY, LMB_SIZE_FILE, LMB_TABLE_FILES } from '@memhp/kernel-files'

/** Links to directories elsewhere, which are followed, and the files wanted there. */
export const WANTED_BEHIND_LINKS = {
  link: '/sys/bus/acpi/devices/PNP0C80:[0-9a-f]+',
  names: '(path|status|hid|uid|adr|sun|modalias|eject|physical_node[0-9]*)',
} as const

/** Of a POWER partition: its logical memory blocks, and the names of their connectors. */
const CONNECTORS: readonly string[] = [
  `${DYNAMIC_MEMORY}/(${[LMB_SIZE_FILE, ...LMB_TABLE_FILES].join('|')})`,
  `${DEVICE_TREE}/(ibm,drc-indexes|ibm,drc-names)`,
]

const HUGEPAGES = 'hugepages/hugepages-[0-9]+kB/(nr_hugepages|free_hugepages|surplus_hugepages'

/**
 * Every path that a capture keeps, where the host has it. Between slashes stands an extended regular expression (POSIX, and
 * JavaScript alike) for one whole name. A link on the way is kept and followed.
 */
export const WANTED: readonly string[] = [
  '/sys/devices/system/memory/(block_size_bytes|auto_online_blocks|crash_hotplug|probe|soft_offline_page|hard_offline_page)',
  '/sys/devices/system/memory/memory[0-9]+/(state|online|removable|valid_zones|phys_index|phys_device|config|memmap_on_memory)',
  '/sys/devices/system/memory/memory[0-9]+/(node[0-9]+|firmware_node)',
  '/sys/devices/system/node/(possible|online|has_memory|has_normal_memory|has_high_memory|has_cpu|has_generic_initiator)',
  '/sys/devices/system/node/node[0-9]+/(meminfo|distance|cpulist|numastat|memory[0-9]+)',
  `/sys/devices/system/node/node[0-9]+/${HUGEPAGES})`,
  '/sys/firmware/memmap/[0-9]+/(start|end|type)',
  `${WANTED_BEHIND_LINKS.link}/${WANTED_BEHIND_LINKS.names}`,
  '/sys/firmware/acpi/hotplug/memory/enabled',
  '/sys/module/memory_hotplug/parameters/[a-z_]+',
  `/sys/kernel/mm/${HUGEPAGES}|resv_hugepages|nr_overcommit_hugepages)`,
  '/sys/kernel/dlpar',
  ...CONNECTORS,
  '/proc/(iomem|zoneinfo|buddyinfo|pagetypeinfo|meminfo|cmdline|version|swaps)',
]

/** Directories whose being there says something even when nothing in them is wanted. */
export const WANTED_DIRECTORIES: readonly string[] = ['/sys/bus/acpi/devices']

/** The file without which there is nothing to capture. */
export const BLOCK_SIZE_FILE = '/sys/devices/system/memory/block_size_bytes'
