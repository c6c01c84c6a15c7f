// From a machine with Node and npm to an installed workspace. Plain Node, no dependencies.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

const TOOLS = join(ROOT, '.tools')

/** What child processes see: the workspace's commands first, and no telemetry is sent. */
export const ENVIRONMENT = {
  ...process.env,
  PATH: [join(TOOLS, 'node_modules/.bin'), join(ROOT, 'node_modules/.bin'), process.env.PATH].join(
    delimiter,
  ),
  COREPACK_ENABLE_NETWORK: '0',
  DO_NOT_TRACK: '1',
  TURBO_TELEMETRY_DISABLED: '1',
}

/**
 * Runs a command to its end, without standard input.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, output?: 'collect' | 'show' }} [options]
 * @returns {Promise<{ passed: boolean, output: string }>} `output` holds what was collected of both streams
 */
export function run(command, args, { cwd = ROOT, output = 'collect' } = {}) {
  return new Promise((resolve) => {
    const stream = output === 'show' ? 'inherit' : 'pipe'
    const child = spawn(command, args, { cwd, env: ENVIRONMENT, stdio: ['ignore', stream, stream] })
    let text = ''
    const collect = (chunk) => {
      text += chunk
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('error', (error) => resolve({ passed: false, output: `${command}: ${error.message}` }))
    child.on('close', (code) => resolve({ passed: code === 0, output: text }))
  })
}

/**
 * Runs a named step and prints one line about it, and its output where it fails.
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<boolean>} whether it passed
 */
export async function step(name, command, args) {
  const start = performance.now()
  const { passed, output } = await run(command, args)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${passed ? 'ok    ' : 'FAILED'}  ${name.padEnd(16)} ${seconds.padStart(6)} s`)
  if (!passed) console.log(output.trimEnd())
  return passed
}

/**
 * The command that builds every package, or those that `args` select: as few as the cache allows.
 * @param {...string} args
 * @returns {[command: string, args: string[]]}
 */
export const turboBuild = (...args) => [
  'turbo',
  ['run', 'build', ...args, '--output-logs=errors-only', '--no-color'],
]

/** @returns {Promise<boolean>} whether pnpm is there in exactly the version that package.json names */
async function findPnpm(version) {
  // Not in the workspace: there another pnpm would fetch the named version by itself.
  const { passed, output } = await run('pnpm', ['--version'], { cwd: tmpdir() })
  return passed && output.trim() === version
}

/** Installs what is missing: pnpm, then the workspace's dependencies. Ends the process if it cannot. */
export async function bootstrap() {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const installed =
    ((await findPnpm(packageManager.replace('pnpm@', ''))) ||
      (await step(packageManager, 'npm', [
        'install',
        `--prefix=${TOOLS}`,
        '--no-save',
        '--no-audit',
        '--no-fund',
        '--yes',
        packageManager,
      ]))) &&
    (await step('install', 'pnpm', ['install', '--frozen-lockfile', '--prod=false']))
  if (!installed) process.exit(1)
}
