import type { KernelLog, LogOccasion, LogPlaces } from '../model/kernel-log'
import type { Machine } from '../model/machine'

/**
 * Has the kernel say something in its log: nothing, where the machine is made without `KERNEL_LOG`, or its kernel has no words for the
 * occasion.
 * @param places numbers for places in hex
 * @param words of a driver, for what only it says
 * @beta
 */
export const say = <Occasion extends LogOccasion>(
  machine: Machine,
  occasion: Occasion,
  places: LogPlaces<Occasion>,
  words?: KernelLog,
): void => machine.subsystems.kernelLog?.say(machine, occasion, places, words)
