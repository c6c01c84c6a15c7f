import type { OnlineType } from './block'

/** How a kernel is configured, as far as memory hot-plug depends on it. @public */
export interface KernelConfig {
  /** ARCH_MEMORY_PROBE: /sys/devices/system/memory/probe exists, where the architecture has it. */
  readonly memoryProbe: boolean
  /** MEMORY_FAILURE: soft_offline_page and hard_offline_page exist. */
  readonly memoryFailure: boolean
  /** ZONE_DEVICE: every node has a zone Device, where the architecture has it. */
  readonly zoneDevice: boolean
  /** MEMCG with a page_cgroup for each page, as until Linux 3.19: tables that are allocated as memory comes online. */
  readonly pageCgroup: boolean
  /** CRASH_HOTPLUG: /sys/devices/system/memory/crash_hotplug exists. */
  readonly crashHotplug: boolean
  /** NUMA: /sys/devices/system/node exists. Without it all memory is of node 0. */
  readonly numa: boolean
  /** MHP_MEMMAP_ON_MEMORY: memory_hotplug.memmap_on_memory exists, where the architecture has it. */
  readonly memmapOnMemory: boolean
  /** MEMORY_HOTPLUG_DEFAULT_ONLINE or MHP_DEFAULT_ONLINE_TYPE: what auto_online_blocks reads after boot. */
  readonly defaultOnlineType: OnlineType
}

/** A configuration in which null is an option that the kernel does not have. */
export type KnownConfig = { readonly [Option in keyof KernelConfig]: KernelConfig[Option] | null }

/** What the kernel of a machine offers: its architecture, generation and configuration together. @public */
export interface Features {
  /** /sys/firmware/memmap exists. */
  readonly firmwareMap: boolean
  /** /sys/devices/system/memory/probe exists. */
  readonly probe: boolean
  /** soft_offline_page and hard_offline_page exist. */
  readonly memoryFailure: boolean
  /** Memory that comes online needs page_cgroup tables, unless `cgroup_disable=memory` is given. */
  readonly pageCgroup: boolean
  /** crash_hotplug exists. */
  readonly crashHotplug: boolean
  /** /sys/devices/system/node exists, and links to the nodes of a block. */
  readonly numa: boolean
  /** The zone Device exists. */
  readonly zoneDevice: boolean
  /** memory_hotplug.memmap_on_memory exists. */
  readonly memmapOnMemory: boolean
  /** What added blocks become by themselves after boot; null where auto_online_blocks does not exist. */
  readonly defaultOnlineType: OnlineType | null
}
