import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The built command, as a link of npm starts it. */
export const COMMAND: string = fileURLToPath(new URL('../apps/cli/bin/memhp.cjs', import.meta.url))

/**
 * Runs Node to its end.
 * @param args its arguments: `[COMMAND, 'list']`
 * @throws Error where it ends with anything but 0
 */
export function runNode(args: readonly string[]): void {
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (run.status === 0) return
  throw new Error(`node ${args.join(' ')} ended with ${run.status}:\n${run.stderr}`)
}
