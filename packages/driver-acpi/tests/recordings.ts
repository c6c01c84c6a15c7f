import { recordingText, tracePaths } from 'memhp-recordings'

/** `[id, address, bytes, node]` of what QEMU holds. */
export type RecordedDevice = readonly [string, number, number, number]

interface RecordedEvent {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface RecordedStep {
  readonly op: {
    readonly op: string
    readonly id?: string
    readonly mib?: number
    readonly node?: number
    readonly path?: string
    readonly value?: string
  }
  readonly result: {
    readonly error?: string
    readonly errno?: string | null
    readonly devices: readonly RecordedDevice[]
  }
  readonly uevents: readonly string[]
  readonly qmp: readonly RecordedEvent[]
  readonly set: Readonly<Record<string, string>>
  readonly gone: readonly string[]
}

export interface Recording {
  readonly name: string
  readonly machine: {
    readonly nodes_mib: readonly number[]
    readonly boot_mib: number
    readonly slots: number
    readonly cmdline: string
  }
  readonly boot: Readonly<Record<string, string>>
  readonly steps: readonly RecordedStep[]
}

/** All recordings of guests with ACPI memory devices. */
export const recordings = (): readonly Recording[] =>
  [...tracePaths('x86_64'), ...tracePaths('x86_64-faults')].map((path) =>
    JSON.parse(recordingText(path)),
  )
