import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { mountedDirectories, unmountDirectory } from '@memhp/mount'
import type { Command } from 'commander'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { mountProblem } from '../mounted/serve'
import { someOf } from '../text/some-of'

/** The directory as the kernel lists it. One whose server is dead cannot be looked into. */
function realDirectory(path: string): string {
  const wanted = resolve(path)
  if (mountedDirectories().includes(wanted)) return wanted
  try {
    return realpathSync(wanted)
  } catch {
    return wanted
  }
}

function unmount(path: string, context: CliContext): void {
  const directory = realDirectory(path)
  const mounted = mountedDirectories()
  if (!mounted.includes(directory)) {
    const others = mounted.map((each) => `memhp unmount ${each}`)
    throw new CliError(`no machine of memhp is mounted at ${path === '' ? '""' : path}`, {
      ...(others.length === 0 ? {} : { remedy: someOf(others) }),
    })
  }
  try {
    unmountDirectory(directory)
  } catch (error) {
    throw mountProblem(error)
  }
  context.print(`${path} is unmounted\n`)
}

const HELP = `
Takes the mount away, be it that its memhp was killed or runs. A memhp that serves it ends then. Programs that
still use files of it get errors.

Examples:
  memhp unmount /tmp/m
`

/** `memhp unmount`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .argument('<directory>', 'where a machine is mounted')
    .addHelpText('after', HELP)
    .action((path: string) => unmount(path, context()))
}
