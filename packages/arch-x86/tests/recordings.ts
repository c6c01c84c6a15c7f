import { recordingText, tracePaths } from 'memhp-recordings'

const readJson = (path: string): unknown => JSON.parse(recordingText(path))

/** A run of equal leaves as the recording prints it. */
export interface RecordedRun {
  readonly start: string
  readonly end: string
  readonly leaf: number
  readonly count: number
  readonly flags: string
}

export interface RecordedStage {
  readonly stage: 'before' | 'added' | 'online' | 'removed'
  readonly leaves: {
    readonly direct: readonly RecordedRun[]
    readonly vmemmap: readonly RecordedRun[]
  }
  /** `{ DirectMap4k: '24448 kB' }` */
  readonly direct_counters: Readonly<Record<string, string>>
}

export interface RecordedCase {
  readonly levels: 4 | 5
  readonly boot_mib: number
  readonly already_plugged_mib: readonly number[]
  readonly device_mib: number
  readonly stages: readonly RecordedStage[]
}

/** The recorded page tables of x86-64 guests, of four levels and of five. */
export const pageTableCases = (): readonly RecordedCase[] =>
  ['x86_64-page-tables.json.gz', 'x86_64-page-tables-5-levels.json.gz'].flatMap(
    (path) => (readJson(path) as { cases: readonly RecordedCase[] }).cases,
  )

export interface Trace {
  readonly name: string
  readonly boot: Readonly<Record<string, string>>
  readonly steps: readonly {
    readonly result: { readonly devices: readonly (readonly [string, number, number, number])[] }
    readonly set: Readonly<Record<string, string>>
  }[]
}

/** All recorded runs of x86-64 guests. */
export const traces = (): readonly Trace[] =>
  (['x86_64', 'x86_64-faults'] as const).flatMap(tracePaths).map((path) => readJson(path) as Trace)
