// memhp plugin: ACPI memory devices (PNP0C80), which announce and eject memory.
export {}
