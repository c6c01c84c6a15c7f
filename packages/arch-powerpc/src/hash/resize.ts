import type { Machine } from '@memhp/core'
import { logLine } from '@memhp/core/plugin'
import type { PowerpcOptions } from '../options'
import { HASH, resetBaseline } from './state'

/** The smallest table that the processor takes: 2^11 groups. */
const LEAST_SHIFT = 18

/**
 * log2 of the bytes of the table that the kernel aims at: a group of eight for every two base pages.
 * @param memoryBytes all memory of the machine
 * Source: htab_shift_for_mem_size, arch/powerpc/mm/book3s64/hash_utils.c 6.1.
 */
export function targetShift(memoryBytes: number, pageBytes: number): number {
  const memoryShift = Math.ceil(Math.log2(Math.max(memoryBytes, 1)))
  return Math.max(memoryShift - (Math.log2(pageBytes) + 1) + 7, LEAST_SHIFT)
}

/**
 * Grows the table at once when the target is larger, and shrinks it only when the target is at least four times smaller, so
 * that memory that comes and goes does not resize it each time. Every entry is then entered anew, in the order of
 * addresses. (A hypervisor keeps each in its slot where it can.)
 * @param memoryBytes all memory of the machine
 * Source: resize_hpt_for_hotplug, arch/powerpc/mm/book3s64/hash_utils.c 6.1; spec 7.5.
 */
export function resizeForMemory(
  machine: Machine,
  what: { readonly options: PowerpcOptions; readonly memoryBytes: number },
): void {
  const { options, memoryBytes } = what
  const state = HASH.of(machine)
  const target = targetShift(memoryBytes, options.pageBytes)
  if (!options.hptResize || (target <= state.shift && target >= state.shift - 1)) return
  logLine(machine, 'info', `Attempting to resize HPT to shift ${target}`)
  state.shift = target
  resetBaseline(state)
}
