import { LOG_6_1 } from '../kernel-log/words-6-1'
import type { Generation } from '../model/generation'
import { defineGeneration } from './define-generation'
import { V6_1 } from './v6-1'

/**
 * Linux 5.10 LTS: memory groups, `online_policy` and memory that holds its own struct pages came after it. Source: guests of
 * 5.10.223 beside such of 6.1, and the texts in both kernels.
 * @public
 */
export const V5_10: Generation = /* @__PURE__ */ defineGeneration(() => {
  const { config, rules } = V6_1
  const { fallbackOrder: _, ...log } = LOG_6_1
  return {
    ...V6_1,
    name: 'v5.10',
    source: 'Linux 5.10.223, configured as by Debian 11',
    kernels: {
      from: [5, 10, 214],
      is: [5, 10],
      // As in v6.1: stable releases with the change to device checks.
      also: [
        [4, 19, 311],
        [5, 4, 273],
      ],
    },
    config: { ...config, common: { ...config.common, memmapOnMemory: null } },
    rules: {
      ...rules,
      memmapOnMemory: { ...rules.memmapOnMemory, words: [] },
      add: { ...rules.add, words: 'any' },
      parameters: {
        commandLine: rules.parameters.commandLine.filter((name) => !name.includes('.')),
      },
      poison: { ...rules.poison, again: 'ignored' },
      offline: { ...rules.offline, partOfGigantic: 'goes' },
      sysfs: { ...rules.sysfs, hugePages: 'nodes-with-memory' },
      device: { ...rules.device, group: 'none' },
      resizable: { emptied: 'left', unit: 'largest-chunk', zones: 'alike', waiting: 'ten-blocks' },
    },
    log: { ...log, offlined: { level: 'info', text: 'Offlined Pages {pages}' } },
  }
})
