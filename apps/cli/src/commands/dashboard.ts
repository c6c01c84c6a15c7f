import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import {
  addRemoteOptions,
  isElsewhere,
  type RemoteFlags,
  remoteArguments,
  specOf,
} from '../apply/open-target'
import { askedToEnd } from '../asked-to-end'
import type { CliContext } from '../context'
import { type LiveTarget, openTarget } from '../dashboard/live-target'
import { pageFiles } from '../dashboard/page-files'
import { type Served, serveDashboard } from '../dashboard/server'
import { CliError } from '../errors'
import {
  addSourceOptions,
  chooseMachine,
  describeSource,
  MACHINE_ARGUMENT,
  type SourceFlags,
} from '../source/choice'
import { wholeNumber } from '../source/whole-number'

interface DashboardFlags extends SourceFlags, RemoteFlags {
  readonly port?: number
  readonly pages: boolean
  readonly arch?: string
  readonly allowWrite?: true
}

const TOKEN_BYTES = 32

/** What is shown, and its name in messages. */
async function targetOf(
  path: string | undefined,
  flags: DashboardFlags,
  context: CliContext,
): Promise<{ readonly target: LiveTarget; readonly name: string }> {
  const wish = { ...flags, allowWrite: flags.allowWrite === true }
  if (isElsewhere(flags)) {
    if (path !== undefined)
      throw new CliError(`more than one machine is named: ${path} and${remoteArguments(flags)}`)
    const { openFar } = await import('../dashboard/far-target')
    const target = await openFar(await specOf(flags), wish, context)
    return { target, name: target.name }
  }
  const choice = chooseMachine(path, flags)
  const name = describeSource(choice)
  if (wish.allowWrite && choice.kind !== 'folder')
    throw new CliError(
      `${name} is only shown: --allow-write is for a folder, or a machine elsewhere`,
      {
        remedy: 'memhp mount a machine, then --sysroot DIR --allow-write',
      },
    )
  return { target: await openTarget(choice, wish, context), name }
}

async function dashboard(
  path: string | undefined,
  flags: DashboardFlags,
  context: CliContext,
): Promise<void> {
  const files = pageFiles()
  const { target, name } = await targetOf(path, flags, context)
  try {
    await serve({ files, target, name }, flags, context)
  } finally {
    await target.close?.()
  }
}

/** Serves until a person ends it. */
async function serve(
  { files, target, name }: Pick<Served, 'files' | 'target'> & { readonly name: string },
  flags: DashboardFlags,
  context: CliContext,
): Promise<void> {
  // What cannot be read is told here, and not in the page.
  await target.text()
  const told = askedToEnd(context)
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const port = flags.port ?? 0
  const served = await serveDashboard({ files, target, token, port }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error
      throw new CliError(`port ${port}: ${error.code === 'EACCES' ? 'not allowed' : 'in use'}`, {
        remedy: 'another --port, or none: any that is free is taken',
      })
    },
  )
  context.print(`${served.address}\n`)
  context.warn(`${name}, on loopback only; whoever has this address may look. Ctrl-C ends it.`)
  await told
  await served.close()
}

const HELP = `
Shows the memory in a browser: as a map, with what can go, what cannot and why, and any removal step by step on its twin, a
machine in the page. What is shown is only read. Uevents and changes reach the page as they come.

The address that is printed has a token behind its #, which a browser sends to no server. The server listens on 127.0.0.1
alone, and answers to no other name and no other site.

With --ssh, --agent or --libvirt a machine elsewhere is shown. By ssh its uevents are heard as well, by udevadm or busybox there,
over the same connection; where it has neither, and by an agent, its states are read every second, and the page says so. With
--allow-write the state of blocks of a machine elsewhere, or of --sysroot, may be written from the page, which asks before each.

Examples:
  memhp dashboard                                         this host, as root to know page use
  memhp dashboard captures/x86_64-three-nodes.json.gz     a captured one
  memhp dashboard scenarios/01-test-procedure.yaml        a scenario, step by step
  memhp dashboard --sysroot /tmp/m --allow-write          a machine of memhp mount
  memhp dashboard --ssh root@guest --allow-write          a host, or a guest, that ssh reaches
  memhp dashboard --agent guest.sock                      a guest whose QEMU agent is asked; --libvirt DOMAIN
`

/** `memhp dashboard`. */
export function configure(command: Command, context: () => CliContext): void {
  const described = addSourceOptions(
    command
      .argument('[machine]', MACHINE_ARGUMENT)
      .option(
        '--port <number>',
        'port on loopback; default: any that is free',
        wholeNumber('a port', 1, 65_535),
      )
      .option('--no-pages', 'do not read how pages are used: faster, and less is known')
      .option('--arch <name>', 'what uname -m prints there, if a folder does not say')
      .option(
        '--allow-write',
        'writes to a folder, or a machine elsewhere, each after a question in the page',
      ),
  )
  addRemoteOptions(described)
    .addHelpText('after', HELP)
    .action(async (path: string | undefined, flags: DashboardFlags) => {
      await dashboard(path, flags, context())
    })
}
