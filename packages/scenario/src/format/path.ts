/** Directory that relative paths begin in, as in the kernel's own test procedures. */
export const PATH_BASE = '/sys/devices/system/memory'
