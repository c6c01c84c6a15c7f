/** Where the memory blocks are. */
export const MEMORY_DIRECTORY = '/sys/devices/system/memory'
/** Where the nodes are. */
export const NODE_DIRECTORY = '/sys/devices/system/node'
/** Where x86 shows the firmware's memory map. */
export const FIRMWARE_MAP_DIRECTORY = '/sys/firmware/memmap'
/** Where s390 shows which blocks have their storage, since Linux 6.19. */
export const STORAGE_DIRECTORY = '/sys/firmware/memory'
/** Where the parameters of memory hot-plug are. */
export const PARAMETERS_DIRECTORY = '/sys/module/memory_hotplug/parameters'
/** Bytes of a memory block, in hexadecimal digits. A kernel without it has no memory hot-plug. */
export const BLOCK_SIZE_FILE = '/sys/devices/system/memory/block_size_bytes'

/** Directory of a memory block. */
export const blockDirectory = (block: number): string => `${MEMORY_DIRECTORY}/memory${block}`

/** A file or link of a memory block: `state`, `valid_zones`, `node0`. */
export const blockFile = (block: number, name: string): string => `${blockDirectory(block)}/${name}`

/** Directory of a node. */
export const nodeDirectory = (node: number): string => `${NODE_DIRECTORY}/node${node}`

/** A file or link of a node: `meminfo`, `distance`, `memory8`. */
export const nodeFile = (node: number, name: string): string => `${nodeDirectory(node)}/${name}`

/** Directory of an entry of the firmware's memory map. */
export const firmwareMapEntry = (index: number): string => `${FIRMWARE_MAP_DIRECTORY}/${index}`

/** A file about the storage of a block on s390: `config`, `memmap_on_memory`. */
export const storageFile = (block: number, name: string): string =>
  `${STORAGE_DIRECTORY}/memory${block}/${name}`

/** A parameter of memory hot-plug: `online_policy`. */
export const parameterFile = (name: string): string => `${PARAMETERS_DIRECTORY}/${name}`

/** Files of /proc that count pages. Source: fs/proc/meminfo.c, mm/vmstat.c 6.1. */
export const COUNTER_FILES: readonly string[] = [
  '/proc/meminfo',
  '/proc/zoneinfo',
  '/proc/buddyinfo',
  '/proc/pagetypeinfo',
]

/** Files of /proc that tell of each page. Source: fs/proc/page.c 6.1. */
export const PAGE_FILES: readonly string[] = ['/proc/kpageflags', '/proc/kpagecount']
