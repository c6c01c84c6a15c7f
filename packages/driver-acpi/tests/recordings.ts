import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Recorded runs of real guests, where the desk has them. */
export const ORACLE: string =
  process.env.MEMHP_ORACLE ?? join(import.meta.dirname, '../../../../shared/oracle')

const FOLDERS = ['x86_64', 'x86_64-faults']

/** `[id, address, bytes, node]` of what QEMU holds. */
export type RecordedDevice = readonly [string, number, number, number]

export interface RecordedEvent {
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

/** True where there are recordings to test against. */
export const hasRecordings = (): boolean =>
  FOLDERS.every((folder) => existsSync(join(ORACLE, folder)))

/** All recordings of ACPI guests. */
export function recordings(): readonly Recording[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ORACLE, folder))
      .filter((file) => file.endsWith('.json.gz'))
      .sort()
      .map((file) => JSON.parse(gunzipSync(readFileSync(join(ORACLE, folder, file))).toString())),
  )
}
