import type { KernelLog } from '../model/kernel-log'
import { LOG_3_10 } from './words-3-10'

/**
 * Of the series of 2012 on Linux 3.6; what it does not change is as 3.10 was recorded.
 * Source: spec/hot-remove-series-2012.md, patches 04 and 09, sections 4.1.4 and 6.3.
 */
export function logOf2012(): KernelLog {
  const { powerStateUnsupported: _, ...merged } = LOG_3_10
  return { ...merged, ...CHANGED }
}

const CHANGED: KernelLog = {
  removeOnline: {
    level: 'warn',
    text: 'memory removing [mem {start:#010x}-{end:#010x}] failed, because the memmory range is online',
  },
  resourceAbsent: {
    level: 'warn',
    text: 'Trying to free nonexistent resource <{start:016x}-{last:016x}>',
  },
  deviceRefused: { level: 'err', text: 'ACPI:memory_hp:Cannot find driver data' },
  deviceNotDisabled: { level: 'err', text: 'ACPI:memory_hp:Disable memory device' },
  ejectMethodFailed: { level: 'err', text: 'ACPI Exception: AE_ERROR, _EJ0 failed' },
}
