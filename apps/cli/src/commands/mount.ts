import { mkdir, readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { askedToEnd } from '../asked-to-end'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { withFile } from '../file-problem'
import { serveMachine } from '../mounted/serve'
import {
  addSessionOptions,
  MACHINE_ARGUMENT,
  openNamedSession,
  type SessionWish,
} from '../session/open-session'

interface MountFlags extends SessionWish {
  readonly allowOther?: true
}

/** An empty directory to mount on; it is made where it is missing. */
async function readyDirectory(path: string): Promise<string> {
  const remedy = 'name an empty directory, or one that does not exist'
  if (path === '') throw new CliError('the directory has an empty name', { remedy })
  const directory = resolve(path)
  const act = async (): Promise<readonly string[]> => {
    // Not recursive: Node's mkdir never returns where the file system refuses a name with ENOENT, as /proc does.
    await mkdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    return readdir(directory)
  }
  const names = await withFile(path, act, { ENOTDIR: remedy, ENOENT: remedy, EPERM: remedy })
  if (names.length === 0) return directory
  throw new CliError(
    `${path} is not empty: what is in it could not be reached while it is mounted`,
    { remedy },
  )
}

async function mount(
  name: string,
  path: string,
  flags: MountFlags,
  context: CliContext,
): Promise<void> {
  const session = await openNamedSession(name, flags)
  const directory = await readyDirectory(path)
  // Asked for before it is mounted: a signal that came meanwhile would leave the mount.
  const told = askedToEnd(context)
  const served = await serveMachine(session, {
    directory,
    allowOther: flags.allowOther === true,
  })
  context.print(`${name} is mounted at ${path} until Ctrl-C, or memhp unmount ${path}\n`)
  await Promise.race([served.mounted.ended, told])
  await served.close()
}

const HELP = `
The directory gets sys and proc of the machine: what is read is as it is now, and what is written is carried
out, with the errno that the kernel would give. Tools that take a root read it as they are (lsmem --sysroot DIR);
memhp exec runs any program as if the machine were this host. memhp ctl changes the machine meanwhile.

Only this user may enter, unless --allow-other. Needs /dev/fuse, and root or a namespace of the user (unshare -Urm).

Examples:
  memhp mount x86_64 /tmp/m                     a machine to try things on
  lsmem --sysroot /tmp/m                        … listed by util-linux
  memhp ctl --mount /tmp/m plug d1 1G           … gets another gigabyte
  memhp mount host.json.gz /tmp/host            the twin of a captured host
`

/** `memhp mount`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .argument('<machine>', MACHINE_ARGUMENT)
    .argument('<directory>', 'an empty directory; it is made where only its last part is missing')
    .option('--allow-other', 'let other users enter, too')
  addSessionOptions(command)
    .addHelpText('after', HELP)
    .action(async (name: string, path: string, flags: MountFlags) => {
      await mount(name, path, flags, context())
    })
}
