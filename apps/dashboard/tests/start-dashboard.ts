import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** The command as it was built, where the run of the tests has built it; else from its sources. */
const COMMAND: readonly string[] =
  process.env.MEMHP_BUILT === '1'
    ? ['apps/cli/bin/memhp.cjs']
    : ['--conditions=memhp-source', '--import', 'tsx', 'apps/cli/src/main.ts']

/** Starts the command, and ends it with the test. @returns the address that it prints */
export async function startDashboard(args: readonly string[]): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, [...COMMAND, 'dashboard', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill())
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (piece) => {
      text += String(piece)
      if (text.includes('\n')) resolve(text.trim())
    })
    child.on('exit', (code) => reject(new Error(`memhp dashboard ended with ${code}`)))
  })
}
