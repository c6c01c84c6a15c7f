import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { checkFolder } from '../file-problem'
import { chooseSource, describeSource, type SourceFlags } from '../source/choice'
import type { StudyWish } from '../source/studied-host'
import { shellWord } from '../text/shell-word'
import type { AgentSpec, ReadableTarget, TargetSpec } from './target'

/** Flags that name a machine elsewhere. */
export interface RemoteFlags {
  readonly ssh?: string
  readonly sshCommand?: string
  readonly qmp?: string
  readonly firecracker?: string
  readonly agent?: string
  readonly libvirt?: string
  readonly connect?: string
}

const REMOTE = ['ssh', 'sshCommand', 'qmp', 'firecracker', 'agent', 'libvirt', 'connect'] as const

/** Whether flags name a machine elsewhere. */
export const isElsewhere = (flags: RemoteFlags): boolean =>
  REMOTE.some((name) => flags[name] !== undefined)

const flagOf = (name: keyof RemoteFlags): string =>
  `--${name === 'sshCommand' ? 'ssh-command' : name}`

/** The same flags on a command line, after a blank. */
export const remoteArguments = (flags: RemoteFlags): string =>
  REMOTE.map((name) => {
    const value = flags[name]
    const word = value !== undefined && /[^\w./:@+-]/.test(value) ? shellWord(value) : value
    return word === undefined ? '' : ` ${flagOf(name)} ${word}`
  }).join('')

const GROUP = 'Machines elsewhere:'

/** Adds the flags of `RemoteFlags` that name a machine which ssh reaches. */
const addSshOptions = (command: Command): Command =>
  addInGroup(command, [
    new Option('--ssh <user@host>', 'a machine that ssh reaches, as root; it needs a POSIX shell'),
    new Option(
      '--ssh-command <words>',
      'what connects to a shell there, in place of ssh: nc -U guest.sock',
    ),
  ])

function addInGroup(command: Command, options: readonly Option[]): Command {
  for (const option of options) command.addOption(option.helpGroup(GROUP))
  return command
}

/** Adds the flags of `RemoteFlags`. */
export const addRemoteOptions = (command: Command): Command =>
  addInGroup(addSshOptions(command), [
    new Option(
      '--qmp <socket>',
      'QEMU’s monitor, where the machine is a guest: it unplugs devices, and plugs them again',
    ),
    new Option(
      '--firecracker <socket>',
      'Firecracker’s API, where the machine is a guest of it: it plugs memory, and takes it back',
    ),
    new Option(
      '--agent <socket>',
      'QEMU’s agent in a guest: the socket of its port; it is asked for what ssh would be',
    ),
    new Option(
      '--libvirt <domain>',
      'a guest of libvirt, by its agent and its monitor; with virsh',
    ),
    new Option('--connect <uri>', 'which libvirt that is: qemu:///system'),
  ])

/** The one machine elsewhere that flags name. @throws CliError where they name two, or half of one */
function farSpec(flags: RemoteFlags): TargetSpec | undefined {
  const { ssh, sshCommand, qmp, firecracker, agent, libvirt, connect } = flags
  const empty = REMOTE.find((name) => flags[name]?.trim() === '')
  if (empty !== undefined) throw new CliError(`${flagOf(empty)} is given, and names nothing`)
  const named = (['ssh', 'agent', 'libvirt'] as const).filter((name) => flags[name] !== undefined)
  if (named.length > 1)
    throw new CliError(
      `more than one way into the machine is named: ${named.map((name) => `--${name}`).join(', ')}`,
    )
  if (qmp !== undefined && firecracker !== undefined)
    throw new CliError('--qmp and --firecracker name two hypervisors of one guest')
  const monitor = qmp === undefined ? null : resolve(qmp)
  const by = firecracker === undefined ? {} : { firecracker: resolve(firecracker) }
  for (const [name, value] of Object.entries({ ssh, libvirt }))
    if (value?.startsWith('-')) throw new CliError(`--${name} ${value}: a name does not begin so`)
  if (connect !== undefined && libvirt === undefined)
    throw new CliError('--connect says which libvirt, and --libvirt is not given')
  if (sshCommand !== undefined && ssh === undefined)
    throw new CliError('--ssh-command says what connects in place of ssh, and --ssh is not given', {
      remedy: '--ssh root@guest beside it: the machine is called so',
    })
  if (ssh !== undefined) {
    const command = sshCommand?.split(' ').filter(Boolean) ?? null
    return { kind: 'ssh', host: ssh, command, monitor, ...by }
  }
  if (agent !== undefined) return { kind: 'agent', socket: resolve(agent), monitor, ...by }
  if (libvirt !== undefined) {
    if (qmp !== undefined || firecracker !== undefined)
      throw new CliError(
        `${qmp === undefined ? '--firecracker' : '--qmp'} is not needed beside --libvirt, which has the monitor itself`,
      )
    return { kind: 'libvirt', domain: libvirt, connect: connect ?? null }
  }
  const [flag, socket] = qmp === undefined ? ['--firecracker', firecracker] : ['--qmp', qmp]
  if (socket === undefined) return undefined
  throw new CliError(`${flag} ${socket}: what is inside the guest has to be reached, too`, {
    remedy: '--ssh root@guest or --agent SOCKET beside it',
  })
}

/**
 * What flags name as the machine to be changed.
 * @throws CliError where two are named, and for a source that is only a copy
 */
export async function specOf(flags: SourceFlags & RemoteFlags): Promise<TargetSpec> {
  const choice = chooseSource(undefined, flags)
  const far = farSpec(flags)
  if (far !== undefined) {
    if (choice.kind === 'host') return far
    const elsewhere = remoteArguments(flags).trim()
    throw new CliError(`more than one machine is named: ${elsewhere} and ${describeSource(choice)}`)
  }
  if (choice.kind === 'host') return choice
  if (choice.kind !== 'folder')
    throw new CliError(`${describeSource(choice)} is not a machine that goes on`, {
      remedy: 'memhp mount MACHINE DIR, then the same with --sysroot DIR',
    })
  await checkFolder(choice.path, 'name a folder in which a machine is mounted')
  return { kind: 'folder', path: realpathSync(choice.path) }
}

/** The same machine, whose devices the hypervisor at a socket changes, where one is named. */
async function withSocket(
  inside: ReadableTarget,
  { monitor: path, firecracker }: Pick<AgentSpec, 'monitor' | 'firecracker'>,
): Promise<ReadableTarget> {
  try {
    if (firecracker !== undefined)
      return await (await import('./firecracker')).withFirecracker(inside, firecracker)
    if (path === null) return inside
    const { withMonitor } = await import('./monitor-target')
    const { openMonitor } = await import('./monitor')
    return withMonitor(inside, await openMonitor(path))
  } catch (error) {
    await inside.close()
    throw error
  }
}

async function openDomain(
  spec: Extract<TargetSpec, { kind: 'libvirt' }>,
  wish: StudyWish,
  context: CliContext,
): Promise<ReadableTarget> {
  const { checkDomain, virshAgent, virshMonitor } = await import('./virsh')
  const { openByAgent } = await import('./agent-target')
  const { withMonitor } = await import('./monitor-target')
  await checkDomain(spec)
  const about = { spec, name: 'the guest', wish, warn: context.warn }
  return withMonitor(await openByAgent(virshAgent(spec), about), virshMonitor(spec))
}

/** Opens a machine to be looked at, or changed. Nothing of it is changed yet. @throws CliError */
export async function openTarget(
  spec: TargetSpec,
  wish: StudyWish,
  context: CliContext,
): Promise<ReadableTarget> {
  switch (spec.kind) {
    case 'ssh':
      return withSocket(
        await (await import('./ssh-target')).openSsh(spec, wish, context.warn),
        spec,
      )
    case 'agent': {
      const { openAgent } = await import('./agent-target')
      return withSocket(await openAgent(spec, wish, context.warn), spec)
    }
    case 'libvirt':
      return openDomain(spec, wish, context)
    default:
      return (await import('./local-target')).openLocal(spec, wish, context)
  }
}

/** Does something with a machine, and lets go of it. */
export async function withTarget<T>(
  spec: TargetSpec,
  { wish, context }: { readonly wish: StudyWish; readonly context: CliContext },
  use: (target: ReadableTarget) => Promise<T>,
): Promise<T> {
  const target = await openTarget(spec, wish, context)
  try {
    return await use(target)
  } finally {
    await target.close()
  }
}
