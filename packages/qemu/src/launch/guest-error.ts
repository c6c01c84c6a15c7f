/** What can go wrong with a guest, by a word that stays. */
export const GUEST_ERROR_CODES = {
  QEMU_MISSING: 'QEMU for this machine is not installed, or the file that was named cannot be run.',
  QEMU_TOO_OLD: 'QEMU is older than what this package speaks to.',
  QEMU_DIED: 'QEMU ended before the guest was started.',
  QEMU_SILENT: 'QEMU runs, but its monitor does not answer.',
  FILES_MISSING: 'The kernel, the initramfs, busybox or a module is not there.',
  BOOT_FAILED: 'The guest did not come up: it panicked, ended, or took too long.',
  GUEST_GONE: 'The guest has ended.',
  GUEST_SILENT: 'The guest runs, but its agent does not answer.',
  AGENT_FAULT: 'The program in the guest said something that makes no sense.',
  NOT_SETTLED: 'The guest did not come to rest after an operation.',
} as const

/** A stable name for one kind of trouble with a guest. */
export type GuestErrorCode = keyof typeof GUEST_ERROR_CODES

/** Evidence, printed below the message. */
export interface GuestErrorEvidence {
  /** The command line that was run. */
  readonly commandLine?: string
  /** The last lines that QEMU wrote to standard error. */
  readonly stderr?: string
  /** The last lines of the guest's console. */
  readonly console?: string
  /** What to do about it. */
  readonly remedy?: string
  readonly cause?: unknown
}

const LABELS = ['remedy', 'stderr', 'console', 'commandLine'] as const

function withEvidence(message: string, evidence: GuestErrorEvidence): string {
  const parts = LABELS.flatMap((label) => {
    const text = evidence[label]?.trim()
    if (text === undefined || text === '') return []
    return [
      `  ${label === 'commandLine' ? 'command line' : label}: ${text.replaceAll('\n', '\n    ')}`,
    ]
  })
  return [message, ...parts].join('\n')
}

/** Trouble with a guest or with QEMU itself. Test `code`. What the guest's kernel refuses is a `HotplugError` instead. */
export class GuestError extends Error {
  override readonly name = 'GuestError'
  readonly code: GuestErrorCode
  readonly evidence: GuestErrorEvidence

  constructor(code: GuestErrorCode, message: string, evidence: GuestErrorEvidence = {}) {
    const options = evidence.cause === undefined ? undefined : { cause: evidence.cause }
    super(withEvidence(message, evidence), options)
    this.code = code
    this.evidence = evidence
  }
}
