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

/** Seconds of the processor after which the kernel ends the built command. One that waits is left to the watchdog. */
const LIMIT_SECONDS = 10
const LIMITED = `ulimit -t ${LIMIT_SECONDS}; exec "$@"`
const LARGEST_OUTPUT = 2 ** 28

/** Runs a command line as the built command, with the bounds of this process. */
export function runBuilt(line: readonly string[], stdin: string): CommandRun {
  const call = ['-c', LIMITED, 'sh', process.execPath, COMMAND, ...line]
  const { status, signal, stdout, stderr, error } = spawnSync('sh', call, {
    input: stdin,
    encoding: 'utf8',
    maxBuffer: LARGEST_OUTPUT,
    env: { NODE_OPTIONS: '--max-old-space-size=768' },
  })
  return {
    line,
    code: status,
    stdout,
    stderr: error === undefined ? `${stderr}${signal ?? ''}` : String(error),
  }
}
