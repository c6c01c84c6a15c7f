/** A kind of machine that guests run on, in the words of recorded traces. */
export const GUEST_MACHINES = ['x86_64', 'ppc64le-radix', 'ppc64le-hash', 's390x', 'arm64'] as const

/** One of `GUEST_MACHINES`. */
export type GuestMachine = (typeof GUEST_MACHINES)[number]

/** The architecture that a kernel and busybox are built for. */
export type GuestArch = 'x86_64' | 'ppc64le' | 's390x' | 'arm64'

/** A serial line: how QEMU gets it, and what the guest calls it. */
interface SerialLine {
  /** The argument of QEMU's `-device`, without its `chardev`; null for the line that the board has. */
  readonly device: string | null
  readonly guestPath: string
}

/** What is known of a kind of machine. */
export interface MachineProfile {
  readonly arch: GuestArch
  readonly qemu: string
  /** The package of Debian that has it. */
  readonly debianPackage: string
  readonly machine: string
  readonly cpu: string
  /** Serial lines of a stock kernel; the first is the console. */
  readonly serialLines: readonly SerialLine[]
  /** Devices that they need, as arguments of QEMU's `-device`. */
  readonly lineDevices: readonly string[]
  /** Firmware that the machine starts with, and the package of Debian that has it; absent: what is part of QEMU. */
  readonly firmware?: { readonly path: string; readonly debianPackage: string }
  /** How the kernel hears of memory devices: by ACPI, by interrupts of the platform, or not at all. */
  readonly hotplug: 'acpi' | 'interrupt' | 'none'
  /** Modules that they need, beside those that whoever starts the guest asks for. */
  readonly lineModules: readonly string[]
  /** Whether QEMU takes nodes of the machine. */
  readonly hasNodes: boolean
  readonly kernelArguments: string
  /** MiB of which boot memory and devices are multiples. */
  readonly alignMib: number
}

/**
 * Four ISA UARTs, each with a separate interrupt: lines that share one lose interrupts.
 * Their ACPI description tells Linux the numbers.
 */
const UARTS: readonly SerialLine[] = [
  { device: 'isa-serial,index=0,iobase=0x3f8,irq=4', guestPath: '/dev/ttyS0' },
  { device: 'isa-serial,index=1,iobase=0x2f8,irq=3', guestPath: '/dev/ttyS1' },
  { device: 'isa-serial,index=2,iobase=0x3e8,irq=6', guestPath: '/dev/ttyS2' },
  { device: 'isa-serial,index=3,iobase=0x2e8,irq=7', guestPath: '/dev/ttyS3' },
]

/** Virtual terminals of the hypervisor. Bits 12 to 15 of the address choose the interrupt. */
const VTYS: readonly SerialLine[] = [0, 1, 2, 3].map((index) => ({
  device: `spapr-vty,reg=0x3000${index}000`,
  guestPath: `/dev/hvc${index}`,
}))

/** Consoles by virtio. */
const VIRTUAL_CONSOLES: readonly SerialLine[] = [0, 1, 2].map((index) => ({
  device: `virtconsole,bus=lines.0,nr=${index}`,
  guestPath: `/dev/hvc${index}`,
}))

/** The console of the service processor first. */
const CONSOLES: readonly SerialLine[] = [
  { device: 'sclpconsole', guestPath: '/dev/ttysclp0' },
  ...VIRTUAL_CONSOLES,
]

/** The board has one UART. */
const ARM_LINES: readonly SerialLine[] = [
  { device: null, guestPath: '/dev/ttyAMA0' },
  ...VIRTUAL_CONSOLES,
]

const PSERIES = {
  arch: 'ppc64le',
  qemu: 'qemu-system-ppc64',
  debianPackage: 'qemu-system-ppc',
  // Software emulation has none of the mitigations that are on by default; and the firmware that is part of QEMU itself
  // starts the kernel in half the time of SLOF, with the same outcome in every recorded step.
  machine: 'pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off,x-vof=on',
  serialLines: VTYS,
  lineDevices: [],
  lineModules: [],
  hotplug: 'interrupt',
  hasNodes: true,
  kernelArguments: 'console=hvc0 quiet panic=-1',
  alignMib: 256,
} as const

const PROFILES: Readonly<Record<GuestMachine, MachineProfile>> = {
  x86_64: {
    arch: 'x86_64',
    qemu: 'qemu-system-x86_64',
    debianPackage: 'qemu-system-x86',
    machine: 'q35',
    cpu: 'max',
    serialLines: UARTS,
    lineDevices: [],
    lineModules: [],
    hotplug: 'acpi',
    hasNodes: true,
    kernelArguments: 'console=ttyS0 quiet nokaslr panic=-1',
    alignMib: 1,
  },
  'ppc64le-radix': { ...PSERIES, cpu: 'power9' },
  'ppc64le-hash': { ...PSERIES, cpu: 'power8' },
  s390x: {
    arch: 's390x',
    qemu: 'qemu-system-s390x',
    debianPackage: 'qemu-system-misc',
    machine: 's390-ccw-virtio',
    cpu: 'max',
    serialLines: CONSOLES,
    lineDevices: ['virtio-serial-ccw,id=lines'],
    lineModules: ['virtio_console?'],
    hotplug: 'none',
    hasNodes: false,
    kernelArguments: 'console=ttysclp0 quiet nokaslr panic=-1',
    alignMib: 256,
  },
  // The board has ACPI tables, and so memory devices, only where UEFI starts it.
  arm64: {
    arch: 'arm64',
    qemu: 'qemu-system-aarch64',
    debianPackage: 'qemu-system-arm',
    machine: 'virt,gic-version=3',
    cpu: 'max',
    firmware: {
      path: '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd',
      debianPackage: 'qemu-efi-aarch64',
    },
    serialLines: ARM_LINES,
    lineDevices: ['virtio-serial-pci,id=lines'],
    lineModules: ['virtio_pci?', 'virtio_console?'],
    hotplug: 'acpi',
    hasNodes: true,
    kernelArguments: 'console=ttyAMA0 quiet acpi=force nokaslr panic=-1',
    alignMib: 128,
  },
}

export const profileOf = (machine: GuestMachine): MachineProfile => PROFILES[machine]

/** A machine that stands for hosts of an architecture, and the size of its memory blocks in MiB where it has less than 64 GiB. */
export interface StandIn {
  readonly machine: GuestMachine
  readonly blockMib: number
}

const STAND_INS: Readonly<Record<string, StandIn>> = {
  x86_64: { machine: 'x86_64', blockMib: 128 },
  ppc64le: { machine: 'ppc64le-radix', blockMib: 256 },
  aarch64: { machine: 'arm64', blockMib: 128 },
}

/** What `uname -m` prints on hosts that a guest with memory devices stands for. */
export const STAND_IN_ARCHS: readonly string[] = Object.keys(STAND_INS)

/** The machine that stands for a host, by what `uname -m` prints there; undefined where none does. */
export const standInFor = (arch: string): StandIn | undefined =>
  Object.hasOwn(STAND_INS, arch) ? STAND_INS[arch] : undefined
