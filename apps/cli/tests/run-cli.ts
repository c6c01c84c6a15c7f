import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('../src/main.ts', import.meta.url))
/** tsx, found from here, so that the command can run in any folder. */
const LOADER = import.meta.resolve('tsx')

/** What a run of the command left behind. */
export interface CliRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliRunOptions {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Called once the first output has come, to interrupt or to close pipes. */
  readonly onStart?: (child: ReturnType<typeof spawn>) => void
}

/** Runs the command from its sources. Nobody looks at its output: no terminal, no colours unless asked for. */
export async function runCli(
  args: readonly string[],
  options: CliRunOptions = {},
): Promise<CliRun> {
  const child = spawn(
    process.execPath,
    ['--conditions=memhp-source', '--import', LOADER, SOURCE, ...args],
    {
      cwd: options.cwd,
      env: { PATH: process.env.PATH, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  options.onStart?.(child)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { code, stdout, stderr }
}
