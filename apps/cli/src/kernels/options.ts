/** What an option of a kernel's configuration decides of memory hot-plug. Names are without `CONFIG_`. */
export interface KernelOption {
  readonly option: string
  /** What a kernel has with it, or how it then is. */
  readonly decides: string
  /** What is so without it. */
  readonly without: string
  /** Kernels that call it so; absent: all that are modelled from 5.10 on. */
  readonly kernels?: string
}

const OFFLINE = 'auto_online_blocks reads offline at boot'

/**
 * Options by what they decide. Names and kernels are those of the configurations of Debian's kernels 6.1 to 7.3; 6.12 is 6.12.111 and later, in
 * which Debian took up what Linux brought later.
 */
export const KERNEL_OPTIONS: readonly KernelOption[] = [
  {
    option: 'MEMORY_HOTPLUG',
    decides: 'memory can be added: /sys/devices/system/memory',
    without: 'there is no memory hot-plug',
  },
  {
    option: 'MEMORY_HOTREMOVE',
    decides: 'memory can be removed, and blocks go offline',
    without: 'no block goes offline',
  },
  {
    option: 'MEMORY_HOTPLUG_DEFAULT_ONLINE',
    decides: 'auto_online_blocks reads online at boot',
    without: OFFLINE,
    kernels: 'up to 6.1',
  },
  {
    option: 'MHP_DEFAULT_ONLINE_TYPE_OFFLINE',
    decides: OFFLINE,
    without: 'another of these four',
    kernels: '6.12 and later',
  },
  {
    option: 'MHP_DEFAULT_ONLINE_TYPE_ONLINE_AUTO',
    decides: 'auto_online_blocks reads online at boot',
    without: 'another of these four',
    kernels: '6.12 and later',
  },
  {
    option: 'MHP_DEFAULT_ONLINE_TYPE_ONLINE_KERNEL',
    decides: 'auto_online_blocks reads online_kernel at boot',
    without: 'another of these four',
    kernels: '6.12 and later',
  },
  {
    option: 'MHP_DEFAULT_ONLINE_TYPE_ONLINE_MOVABLE',
    decides: 'auto_online_blocks reads online_movable at boot',
    without: 'another of these four',
    kernels: '6.12 and later',
  },
  {
    option: 'MHP_MEMMAP_ON_MEMORY',
    decides: 'memory_hotplug.memmap_on_memory: memory that is added can hold its own struct pages',
    without: 'struct pages come out of memory that is there',
    kernels: '5.14 and later',
  },
  {
    option: 'ACPI_HOTPLUG_MEMORY',
    decides: 'DIMMs come and go',
    without: 'a DIMM is accepted by the hypervisor, and no memory appears',
  },
  {
    option: 'VIRTIO_MEM',
    decides: 'virtio-mem devices grow and shrink',
    without: 'another size is asked for, and never reached',
  },
  {
    option: 'DEV_DAX_KMEM',
    decides: 'device DAX and CXL memory become system memory',
    without: 'it stays with its devices',
  },
  {
    option: 'ARCH_MEMORY_PROBE',
    decides: '/sys/devices/system/memory/probe',
    without: 'there is no such file',
  },
  {
    option: 'CRASH_HOTPLUG',
    decides: 'crash_hotplug: the kernel keeps the list of a loaded crash kernel itself',
    without: 'kdump is loaded anew after each change',
    kernels: '6.12 and later',
  },
  {
    option: 'MEMORY_FAILURE',
    decides: 'soft_offline_page and hard_offline_page',
    without: 'there are no such files',
  },
  {
    option: 'FIRMWARE_MEMMAP',
    decides: '/sys/firmware/memmap',
    without: 'there is no such folder',
  },
  {
    option: 'PROC_PAGE_MONITOR',
    decides: '/proc/kpageflags: how pages are used is known',
    without: 'what keeps a block is a guess',
  },
  {
    option: 'MEMORY_NOTIFIER_ERROR_INJECT',
    decides: 'failures can be injected',
    without: 'they cannot',
  },
]
