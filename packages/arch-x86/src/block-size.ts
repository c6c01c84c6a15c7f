import { GIB, isAligned, type MachineDescription, MIB } from '@memhp/core'
import type { X86Options } from './options'

const SMALLEST = 128 * MIB
const SIZES_DOWN = [2 * GIB, GIB, 512 * MIB, 256 * MIB]
const LARGE_MACHINE = 64 * GIB

/**
 * Bytes of a memory block: 128 MiB on machines whose boot memory ends below 64 GiB, 2 GiB on larger ones of metal,
 * and on larger guests the largest size from 2 GiB down that the end of boot memory is a multiple of.
 * Source: probe_memory_block_size, arch/x86/mm/init_64.c 6.1; spec 2.1.1.
 */
export function memoryBlockSizeBytes(
  description: Pick<MachineDescription, 'ram'>,
  options: Pick<X86Options, 'hypervisor'>,
): number {
  const end = Math.max(0, ...description.ram.map((range) => range.end))
  if (end < LARGE_MACHINE) return SMALLEST
  if (!options.hypervisor) return 2 * GIB
  return SIZES_DOWN.find((size) => isAligned(end, size)) ?? SMALLEST
}
