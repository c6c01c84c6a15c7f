// @memhp/platforms, for machines of every kind: the one list of architectures and firmware drivers.
import { aarch64 } from '@memhp/arch-arm64'
import { ia64 } from '@memhp/arch-ia64'
import { loongarch64 } from '@memhp/arch-loongarch'
import { ppc64le } from '@memhp/arch-powerpc'
import { riscv64 } from '@memhp/arch-riscv'
import { s390x } from '@memhp/arch-s390'
import { sh } from '@memhp/arch-sh'
import { sparc64 } from '@memhp/arch-sparc'
import { tile } from '@memhp/arch-tile'
import { X86_64_SURVEY, x86_32, x86_64 } from '@memhp/arch-x86'
import { GENERATIONS, type Plugins, SUBSYSTEMS } from '@memhp/core'
import { checkedDriver } from '@memhp/core/plugin'
import { acpiDriver, checkAcpiDevices } from '@memhp/driver-acpi'
import { daxKmemDriver } from '@memhp/driver-dax-kmem'
import { pseriesDriver } from '@memhp/driver-pseries'
import { sclpDriver } from '@memhp/driver-sclp'
import { virtioMemDriver } from '@memhp/driver-virtio-mem'

/** Every architecture. */
export const ARCHS: Plugins['archs'] = [
  { ...x86_64, ...X86_64_SURVEY },
  x86_32,
  ppc64le,
  s390x,
  aarch64,
  loongarch64,
  riscv64,
  ia64,
  sh,
  sparc64,
  tile,
]

/** Every firmware driver. */
export const DRIVERS: readonly [
  typeof acpiDriver,
  typeof pseriesDriver,
  typeof sclpDriver,
  typeof virtioMemDriver,
  typeof daxKmemDriver,
] = [
  checkedDriver(acpiDriver, checkAcpiDevices),
  pseriesDriver,
  sclpDriver,
  virtioMemDriver,
  daxKmemDriver,
]

/** Every plugin, every generation of the kernel and every part of it: what a machine may be made of. */
export const PLUGINS: Plugins<typeof DRIVERS> = {
  archs: ARCHS,
  drivers: DRIVERS,
  kernels: GENERATIONS,
  subsystems: SUBSYSTEMS,
}
