import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** Folder of recorded guests: MEMHP_ORACLE, else `shared/oracle` beside the checkout. */
export const ORACLE: string =
  process.env.MEMHP_ORACLE ?? fileURLToPath(new URL('../../../../shared/oracle', import.meta.url))

/** False where there are no recordings. @throws Error in CI, where they must not be missing */
export function hasRecordings(): boolean {
  if (existsSync(ORACLE)) return true
  const message = `No recorded guests at ${ORACLE}: set MEMHP_ORACLE to the folder that holds them.`
  if (process.env.CI) throw new Error(message)
  process.stderr.write(`${message} The tests that need them are skipped.\n`)
  return false
}

const readJson = (file: string): unknown =>
  JSON.parse(gunzipSync(readFileSync(`${ORACLE}/${file}`)).toString())

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

/** The recorded page tables of x86-64 guests. */
export const pageTableCases = (): readonly RecordedCase[] =>
  (readJson('x86_64-page-tables.json.gz') as { cases: readonly RecordedCase[] }).cases

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
  ['x86_64', 'x86_64-faults'].flatMap((folder) =>
    readdirSync(`${ORACLE}/${folder}`)
      .filter((file) => file.endsWith('.json.gz'))
      .map((file) => readJson(`${folder}/${file}`) as Trace),
  )
