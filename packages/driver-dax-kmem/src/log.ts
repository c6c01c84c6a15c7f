import type { KernelLog } from '@memhp/core/plugin'

/** What device_dax and kmem say where the generation has no other words. Source: drivers/dax/{device,kmem}.c 6.1. */
export const DAX_LOG: KernelLog = {
  daxTooSmall: {
    level: 'info',
    text: 'kmem {device}: mapping{mapping}: {start:#x}-{last:#x} too small after alignment',
  },
  daxEmpty: {
    level: 'warn',
    text: 'kmem {device}: rejecting DAX region without any memory after alignment',
  },
  daxMemoryTaken: {
    level: 'warn',
    text: 'kmem {device}: mapping{mapping}: {start:#x}-{last:#x} could not reserve region',
  },
  daxRangeTaken: {
    level: 'warn',
    text: 'device_dax {device}: mapping{mapping}: {start:#x}-{last:#x} could not reserve range',
  },
  daxMapKept: {
    level: 'warn',
    text: 'device_dax {device}: dynamic-dax with pre-populated page map',
  },
  daxNotAdded: {
    level: 'warn',
    text: 'kmem {device}: mapping{mapping}: {start:#x}-{last:#x} memory add failed',
  },
  daxStuck: {
    level: 'err',
    text: 'kmem {device}: mapping{mapping}: {start:#x}-{last:#x} cannot be hotremoved until the next reboot',
  },
}
