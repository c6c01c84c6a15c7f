import { MEMORY_DIRECTORY } from '@memhp/kernel-files'
/** Directory that relative paths begin in, as in the kernel's own test procedures. */
export const PATH_BASE: string = MEMORY_DIRECTORY
