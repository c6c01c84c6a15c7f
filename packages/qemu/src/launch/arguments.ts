import { type GuestMachine, profileOf } from './machine'
import { type GuestMemory, memoryArguments } from './memory-layout'
import { type GuestResizables, resizableArguments } from './resizables'

/** What a guest is started with. */
export interface GuestOptions {
  readonly machine: GuestMachine
  readonly memory: GuestMemory
  /** Devices of changing size, and ports for more; default none. */
  readonly resizables?: GuestResizables
  /** Added to the kernel's command line. */
  readonly cmdline?: string
  /** Default `tcg`: software emulation, the same everywhere. */
  readonly accelerator?: 'tcg' | 'kvm'
  /** QEMU's `-cpu`; default one that the machine's kind asks for. */
  readonly cpuModel?: string
  /** The QEMU binary; default that of the machine, from PATH. */
  readonly qemu?: string
  /** A path at which a second monitor listens as a unix socket, for other programs. Default none. */
  readonly monitorPath?: string
  /** Further arguments of QEMU. */
  readonly qemuArguments?: readonly string[]
}

/** What the command line needs besides options. */
export interface CommandLineFiles {
  readonly kernel: string
  readonly initrd?: string
  /** Default: where the machine's package has it. */
  readonly firmware?: string
  /** Serial lines besides the console. */
  readonly channels: number
}

/** The file descriptor of the monitor in QEMU; those of the console and of the channels follow. */
export const MONITOR_FD = 3

/** The kernel's whole command line. */
export function kernelCommandLine({ machine, cmdline = '' }: GuestOptions): string {
  return `${profileOf(machine).kernelArguments} ${cmdline}`.trim()
}

/**
 * QEMU's arguments. Monitor, console and channels are sockets that QEMU inherits: nothing listens anywhere unless
 * `monitorPath` asks for it.
 */
export function qemuArguments(options: GuestOptions, files: CommandLineFiles): string[] {
  const profile = profileOf(options.machine)
  const firmware = files.firmware ?? profile.firmware?.path
  const lines = profile.serialLines.slice(0, 1 + files.channels)
  return [
    ...['-machine', profile.machine, '-accel', options.accelerator ?? 'tcg'],
    ...['-cpu', options.cpuModel ?? profile.cpu],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...(firmware === undefined ? [] : ['-bios', firmware]),
    ...memoryArguments(options.memory, profile),
    ...resizableArguments(options.resizables),
    ...['-kernel', files.kernel, ...(files.initrd === undefined ? [] : ['-initrd', files.initrd])],
    ...['-append', kernelCommandLine(options)],
    ...['-chardev', `socket,id=monitor,fd=${MONITOR_FD}`, '-mon', 'chardev=monitor,mode=control'],
    ...profile.lineDevices.flatMap((device) => ['-device', device]),
    ...lines.flatMap(({ device }, index) => [
      ...['-chardev', `socket,id=line${index},fd=${MONITOR_FD + 1 + index}`],
      ...(device === null
        ? ['-serial', `chardev:line${index}`]
        : ['-device', `${device},chardev=line${index}`]),
    ]),
    ...(options.monitorPath === undefined
      ? []
      : ['-qmp', `unix:${options.monitorPath.replaceAll(',', ',,')},server=on,wait=off`]),
    ...(options.qemuArguments ?? []),
  ]
}

const PLAIN = /^[\w@%+=:,./-]+$/

/** A command line as it can be pasted into a shell. */
export const shellQuote = (words: readonly string[]): string =>
  words.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
