// Runs one command line: in this process, or as the built command.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runCli } from '../../apps/cli/tests/run-cli'
import type { CommandRun } from './judge'

/** Where Node finds the built command. */
const COMMAND = fileURLToPath(new URL('../../apps/cli/bin/memhp.cjs', import.meta.url))

/** Runs a command line in this process and in its working directory. No terminal, no environment. */
export async function runLine(line: readonly string[]): Promise<CommandRun> {
  return { line, ...(await runCli(line)) }
}

/** Milliseconds after which the built command is ended. Less than the watchdog's, so that it is not left running. */
const LIMIT_MS = 15_000
const LARGEST_OUTPUT = 2 ** 28

/** Runs a command line as the built command, with the bounds of this process. */
export function runBuilt(line: readonly string[], stdin: string): CommandRun {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [COMMAND, ...line], {
    input: stdin,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    maxBuffer: LARGEST_OUTPUT,
    killSignal: 'SIGKILL',
    env: { NODE_OPTIONS: '--max-old-space-size=768' },
  })
  return { line, code: status, stdout, stderr: error === undefined ? stderr : String(error) }
}
