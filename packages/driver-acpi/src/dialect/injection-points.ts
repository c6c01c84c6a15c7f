import type { InjectionPoint } from '@memhp/core/plugin'

/** Where ACPI memory hot-plug may fail, beside the points of core. */
export const INJECTION_POINTS: readonly InjectionPoint[] = [
  {
    name: 'acpi/_STA',
    kind: 'firmware',
    errno: 'EIO',
    what: 'the evaluation of _STA',
    leaves: ['device-without-memory', 'device-in-its-slot'],
  },
  {
    name: 'acpi/_CRS',
    kind: 'firmware',
    errno: 'EIO',
    what: 'the evaluation of _CRS',
    leaves: ['device-without-memory'],
  },
  {
    name: 'acpi/_EJ0',
    kind: 'firmware',
    errno: 'EIO',
    what: 'the evaluation of _EJ0',
    leaves: ['device-in-its-slot'],
  },
  {
    name: 'acpi/bind',
    kind: 'registration',
    errno: 'ENOMEM',
    what: 'the links between a device and its blocks',
    leaves: ['unbound-memory'],
  },
]
