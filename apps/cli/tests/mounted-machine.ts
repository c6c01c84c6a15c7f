import { type ChildProcess, spawn } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect } from 'vitest'
import { runCli, SOURCE_COMMAND } from './run-cli'

const MEMORY = 'sys/devices/system/memory'
/** Processes start slowly where many tests share two processors. */
const HOOK_MS = 120_000

/** Whether a machine can be mounted here; says so where it cannot. */
export function canMount(): boolean {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
    return process.getuid?.() === 0
  } catch {
    console.warn('NOT RUN: mounts of a machine, for /dev/fuse cannot be opened')
    return false
  }
}

/** State and zone of every block below a root, as text; the host's own is only read. */
function statesBelow(root: string): string {
  const folder = join(root, MEMORY)
  if (!existsSync(folder)) return ''
  return readdirSync(folder)
    .filter((name) => /^memory\d+$/.test(name))
    .map((name) => {
      const [state, zones] = ['state', 'valid_zones'].map((file) =>
        readFileSync(join(folder, name, file), 'utf8').trim(),
      )
      return `${name} ${state} ${state === 'online' ? zones : ''}`
    })
    .sort()
    .join('\n')
}

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

async function served(capture: string, directory: string): Promise<ChildProcess> {
  const [command = '', ...args] = SOURCE_COMMAND
  const child = spawn(command, [...args, 'mount', capture, directory])
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return child
}

/**
 * Serves the twin of one of our captures for the tests of a file. When they are over, the blocks of this host have to be as they were.
 */
export function useMountedMachine(name: string): MountedMachine {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-apply-'))
  const directory = join(folder, 'machine')
  const environment = { MEMHP_STATE_DIR: join(folder, 'state') }
  const capture = fileURLToPath(new URL(`../../../captures/${name}.json.gz`, import.meta.url))
  let child: ChildProcess | undefined
  const ofThisHost = statesBelow('/')
  beforeAll(async () => {
    child = await served(capture, directory)
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
