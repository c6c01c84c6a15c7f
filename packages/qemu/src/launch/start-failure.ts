import type { GuestOptions } from './arguments'
import { GuestError, type GuestErrorEvidence } from './guest-error'
import { profileOf } from './machine'

/** DEVICE_UNPLUG_GUEST_ERROR came with it. */
export const OLDEST_QEMU = [6, 2] as const

type Evidence = Omit<GuestErrorEvidence, 'remedy'>

interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The QEMU binary that is run. */
export const qemuOf = ({ qemu, machine }: GuestOptions): string => qemu ?? profileOf(machine).qemu

/** QEMU's file could not be run: there was no process. */
export function cannotRun(options: GuestOptions, evidence: Evidence): GuestError {
  const name = qemuOf(options)
  const { qemu, debianPackage } = profileOf(options.machine)
  const install = `on Debian: apt-get install ${debianPackage}`
  const fault = (message: string, remedy: string): GuestError =>
    new GuestError('QEMU_MISSING', message, { ...evidence, remedy })
  const { cause } = evidence
  const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  if (errno === 'ENOENT') {
    if (name === qemu) return fault(`${name} is not installed`, install)
    const what = name.includes('/') ? 'no such file' : 'no such command in PATH'
    return fault(`${name}: ${what}`, `check its name, or leave it out and ${qemu} is run`)
  }
  if (errno === 'EACCES') {
    return fault(
      `${name} cannot be run: no permission`,
      `name an executable file, such as ${qemu} (${install})`,
    )
  }
  return fault(`${name} cannot be run: ${errno}`, 'check its name')
}

/** What QEMU writes of an option, machine, device, property, processor or accelerator that it does not know. */
const UNKNOWN_TO_QEMU =
  /invalid option|unsupported machine type|is not a valid device model|Property '.*' not found|Invalid parameter|unable to find CPU model|invalid accelerator/

function deathRemedy(name: string, stderr = ''): string {
  if (UNKNOWN_TO_QEMU.test(stderr)) {
    return `QEMU ${OLDEST_QEMU.join('.')} or newer is needed, see ${name} --version; if it is, check the arguments that were added`
  }
  if (stderr.trim() === '') return `check that ${name} is QEMU, and the command line`
  return 'stderr has the reason; check the command line against it'
}

/** QEMU runs, but nothing that is a monitor answers. */
export const noAnswer = (options: GuestOptions, evidence: Evidence): GuestError =>
  new GuestError('QEMU_SILENT', `${qemuOf(options)} does not answer as a monitor does`, evidence)

/** QEMU ran, and ended before its monitor answered. */
export function diedEarly(
  options: GuestOptions,
  { code, signal, ...evidence }: Evidence & Exit,
): GuestError {
  const name = qemuOf(options)
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`
  return new GuestError('QEMU_DIED', `${name} ended ${how} before its monitor answered`, {
    ...evidence,
    remedy: deathRemedy(name, evidence.stderr),
  })
}
