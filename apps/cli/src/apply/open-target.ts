import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { checkFolder } from '../file-problem'
import { chooseSource, describeSource, type SourceFlags } from '../source/choice'
import type { StudyWish } from '../source/studied-host'
import { shellWord } from '../text/shell-word'
import type { Target, TargetSpec } from './target'

/** Flags that name a machine elsewhere. */
export interface RemoteFlags {
  readonly ssh?: string
  readonly sshCommand?: string
  readonly qmp?: string
}

/** Whether flags name a machine elsewhere. */
export const isElsewhere = ({ ssh, qmp }: RemoteFlags): boolean =>
  ssh !== undefined || qmp !== undefined

/** The same flags on a command line, after a blank. */
export const remoteArguments = ({ ssh, sshCommand, qmp }: RemoteFlags): string =>
  [
    ...(ssh === undefined ? [] : [`--ssh ${ssh}`]),
    ...(sshCommand === undefined ? [] : [`--ssh-command ${shellWord(sshCommand)}`]),
    ...(qmp === undefined ? [] : [`--qmp ${qmp}`]),
  ]
    .map((text) => ` ${text}`)
    .join('')

/** Adds the flags of `RemoteFlags`. */
export function addRemoteOptions(command: Command): Command {
  const group = 'Machines elsewhere:'
  const options = [
    new Option('--ssh <user@host>', 'a machine that ssh reaches, as root; it needs a POSIX shell'),
    new Option(
      '--ssh-command <words>',
      'what connects to a shell there, in place of ssh: nc -U guest.sock',
    ),
    new Option(
      '--qmp <socket>',
      'QEMU’s monitor, where the machine is a guest: it unplugs devices, and plugs them again',
    ),
  ]
  for (const option of options) command.addOption(option.helpGroup(group))
  return command
}

/**
 * What flags name as the machine to be changed.
 * @throws CliError where two are named, and for a source that is only a copy
 */
export async function specOf(flags: SourceFlags & RemoteFlags): Promise<TargetSpec> {
  const choice = chooseSource(undefined, flags)
  const { ssh, sshCommand, qmp } = flags
  if (ssh !== undefined) {
    if (choice.kind !== 'host')
      throw new CliError(
        `more than one machine is named: --ssh ${ssh} and ${describeSource(choice)}`,
      )
    if (ssh.startsWith('-')) throw new CliError(`--ssh ${ssh}: not user@host`)
    const command = sshCommand?.split(' ').filter(Boolean) ?? null
    return { kind: 'ssh', host: ssh, command, monitor: qmp === undefined ? null : resolve(qmp) }
  }
  if (qmp !== undefined)
    throw new CliError(`--qmp ${qmp}: what is inside the guest has to be reached, too`, {
      remedy: '--ssh root@guest beside it',
    })
  if (choice.kind === 'host') return choice
  if (choice.kind !== 'folder')
    throw new CliError(`${describeSource(choice)} is not a machine that goes on`, {
      remedy: 'memhp mount MACHINE DIR, then the same with --sysroot DIR',
    })
  await checkFolder(choice.path, 'name a folder in which a machine is mounted')
  return { kind: 'folder', path: realpathSync(choice.path) }
}

async function withSocket(inside: Target, path: string): Promise<Target> {
  const { withMonitor } = await import('./monitor-target')
  const { openMonitor } = await import('./monitor')
  try {
    return withMonitor(inside, await openMonitor(path))
  } catch (error) {
    await inside.close()
    throw error
  }
}

/** Opens a machine to be changed. Nothing of it is changed yet. @throws CliError */
async function openTarget(spec: TargetSpec, wish: StudyWish, context: CliContext): Promise<Target> {
  if (spec.kind === 'ssh') {
    const inside = await (await import('./ssh-target')).openSsh(spec, wish)
    if (spec.monitor === null) return inside
    return withSocket(inside, spec.monitor)
  }
  return (await import('./local-target')).openLocal(spec, wish, context)
}

/** Does something with a machine, and lets go of it. */
export async function withTarget<T>(
  spec: TargetSpec,
  { wish, context }: { readonly wish: StudyWish; readonly context: CliContext },
  use: (target: Target) => Promise<T>,
): Promise<T> {
  const target = await openTarget(spec, wish, context)
  try {
    return await use(target)
  } finally {
    await target.close()
  }
}
