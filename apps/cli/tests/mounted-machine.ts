import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect } from 'vitest'
import { statesBelow } from './block-states'
import { runCli, startCli } from './run-cli'

/** Processes start slowly where many tests share two processors. */
const HOOK_MS = 120_000

/** A machine that a separate process serves. */
export interface MountedMachine {
  readonly directory: string
  /** A folder for journals, plans and locks. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** State and zone of every block. */
  states(): string
  /** Keeps a plan for it. @returns the file */
  plan(...goal: readonly string[]): Promise<string>
}

async function served(source: readonly string[], directory: string): Promise<ChildProcess> {
  const child = startCli(['mount', ...source, directory])
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return child
}

/** The twin of one of our captures, in words of `memhp mount`. */
export const twinOf = (name: string): readonly string[] => [
  fileURLToPath(new URL(`../../../captures/${name}.json.gz`, import.meta.url)),
]

/**
 * Serves a machine for the tests of a file. When they are over, the blocks of this host have to be as they were.
 * @param source words of `memhp mount`
 */
export function useMountedMachine(source: readonly string[]): MountedMachine {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-apply-'))
  const directory = join(folder, 'machine')
  const environment = { MEMHP_STATE_DIR: join(folder, 'state') }
  let child: ChildProcess | undefined
  const ofThisHost = statesBelow('/')
  beforeAll(async () => {
    child = await served(source, directory)
  }, HOOK_MS)
  afterAll(async () => {
    const ended = new Promise((resolve) => child?.once('close', resolve))
    child?.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
    expect(statesBelow('/')).toBe(ofThisHost)
  }, HOOK_MS)
  let plans = 0
  return {
    directory,
    folder,
    environment,
    states: () => statesBelow(directory),
    plan: async (...goal) => {
      plans += 1
      const file = join(folder, `plan${plans}.json`)
      const run = await runCli(['plan', ...goal, '--sysroot', directory, '-o', file])
      expect(run).toMatchObject({ code: 0 })
      return file
    },
  }
}
