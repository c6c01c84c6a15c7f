import {
  type KernelParameter,
  MEMORY_DIRECTORY,
  parameterFile,
  parseKernelBool,
} from '@memhp/kernel-files'
import type { Listings } from './firmware/devices'
import type { Source } from './source'
import { hotplugParameters } from './text/kernel-parameters'
import type { HotplugPolicy } from './topology'

/** Reads what decides where new memory goes. A file that the kernel does not have gives null. */
export async function readPolicy(source: Source): Promise<HotplugPolicy> {
  const read = async (path: string): Promise<string | undefined> =>
    (await source.optionalText(path, 'A setting of memory hot-plug is unknown.'))?.trim()
  const ratio = await read(parameterFile('auto_movable_ratio'))
  return {
    autoOnlineBlocks: (await read(`${MEMORY_DIRECTORY}/auto_online_blocks`)) ?? null,
    onlinePolicy: (await read(parameterFile('online_policy'))) ?? null,
    autoMovableRatio: ratio !== undefined && /^\d+$/.test(ratio) ? Number(ratio) : null,
    autoMovableNumaAware:
      parseKernelBool((await read(parameterFile('auto_movable_numa_aware'))) ?? '') ?? null,
    memmapOnMemory: (await read(parameterFile('memmap_on_memory'))) ?? null,
  }
}

/** Reads the kernel's command line as far as it bears on hot-plug. @returns undefined where it cannot be read */
export async function readKernelParameters(
  source: Source,
  listings: Listings,
): Promise<readonly KernelParameter[] | undefined> {
  const cmdline = await source.text('/proc/cmdline', 'The kernel’s parameters are unknown.')
  return cmdline === undefined ? undefined : hotplugParameters(cmdline, listings)
}
