/**
 * Bytes of a base page by architecture, as `uname -m` names it: every size that its kernels can be built with, smallest
 * first. An architecture that is not listed may have any.
 * Source: arch/<arch>/Kconfig, HAVE_PAGE_SIZE_* and PAGE_SIZE_* choices, Linux 6.12.
 */
export const ARCH_PAGE_SIZES: ReadonlyMap<string, readonly number[]> = new Map([
  ['x86_64', [4096]],
  ['i386', [4096]],
  ['i486', [4096]],
  ['i586', [4096]],
  ['i686', [4096]],
  ['s390x', [4096]],
  ['riscv64', [4096]],
  ['aarch64', [4096, 16_384, 65_536]],
  ['loongarch64', [4096, 16_384, 65_536]],
  ['ppc64', [4096, 65_536]],
  ['ppc64le', [4096, 65_536]],
  ['sparc64', [8192]],
])
