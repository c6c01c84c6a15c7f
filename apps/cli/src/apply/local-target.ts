import { execFile } from 'node:child_process'
import { constants, realpathSync } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type HostWriterOptions, hostTree, hostWriter, isOfThisKernel } from '@memhp/host'
import type { Plan } from '@memhp/planner'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { checkFolder } from '../file-problem'
import type { SourceChoice } from '../source/choice'
import { openFolder, openHost } from '../source/host-source'
import { type StudyWish, studyHost } from '../source/studied-host'
import { takeFarLock } from './far-lock'
import type { ReadableTarget, TargetSpec } from './target'

const run = promisify(execFile)

/** Set to anything, it keeps this host out of reach of every command that changes memory. */
const SPARE = 'MEMHP_SPARE_HOST'

const NOT_WRITABLE: Readonly<Record<string, readonly [string, string]>> = {
  EACCES: ['may not be written by this user', 'run as root'],
  EPERM: ['may not be written by this user', 'run as root'],
  EROFS: ['is mounted read-only', 'run where /sys is writable: not in an unprivileged container'],
  ENOENT: ['is not there', 'make a new plan: memhp plan GOAL -o FILE'],
}

/** Refuses a first step that could not be written, so that nothing is begun. */
async function checkFirst(
  { sysroot, reachesThisKernel }: HostWriterOptions,
  { steps }: Pick<Plan, 'steps'>,
): Promise<void> {
  const [first] = steps
  if (first === undefined) return
  const place = join(sysroot, first.path)
  try {
    if (!reachesThisKernel && isOfThisKernel(place))
      throw new CliError(`${place} belongs to the kernel of this host`, {
        remedy: `name a folder in which a machine is mounted; of this host, unset ${SPARE}`,
        exitCode: EXIT.refused,
      })
    await access(place, constants.W_OK)
  } catch (error) {
    if (error instanceof CliError) throw error
    const { code = 'EIO' } = error as NodeJS.ErrnoException
    const [what, remedy] = NOT_WRITABLE[code] ?? [`cannot be written: ${code}`, 'look at it']
    throw new CliError(`${first.path} ${what}`, { remedy, exitCode: EXIT.refused })
  }
}

/** Where the kernel is in a process. Source: proc(5), /proc/pid/wchan. */
async function waitsIn(pid: number | undefined): Promise<string | undefined> {
  if (pid === undefined) return undefined
  const name = await readFile(`/proc/${pid}/wchan`, 'utf8').catch(() => '0')
  return name === '0' || name === '' ? undefined : name
}

/** What this process is told of others that change this host, from wherever they reach it. */
const ownShell: Parameters<typeof takeFarLock>[0] = {
  run: async (script) => {
    const { stdout, stderr } = await run('sh', ['-c', script])
    return { status: 0, stdout, stderr }
  },
}

async function kernelLog(): Promise<readonly string[]> {
  const { stdout } = await run('dmesg', [], { maxBuffer: 2 ** 26 }).catch(() => ({ stdout: '' }))
  return stdout.trimEnd().split('\n')
}

/** Opens this host, or a folder that stands for one: a machine that memhp mount serves. @throws CliError */
export async function openLocal(
  spec: Extract<TargetSpec, { kind: 'host' | 'folder' }>,
  wish: StudyWish,
  context: CliContext,
): Promise<ReadableTarget> {
  const isHost = spec.kind === 'host'
  if (spec.kind === 'folder')
    await checkFolder(spec.path, 'name a folder in which a machine is mounted')
  const sysroot = isHost ? '/' : realpathSync(spec.path)
  const choice: SourceChoice = isHost ? { kind: 'host' } : { kind: 'folder', path: spec.path }
  const reachesThisKernel = isHost && context.environment[SPARE] === undefined
  const name = isHost ? `this host (${hostname()})` : `the machine at ${spec.path}`
  const listeners: ((pid: number) => void)[] = []
  const onProcess = (pid: number): void => {
    for (const listener of listeners) listener(pid)
  }
  const options = { sysroot, reachesThisKernel, onProcess }
  const writer = hostWriter(options)
  const tree = {
    ...hostTree({ sysroot }),
    write: writer.write.bind(writer),
  }
  return {
    spec: isHost ? spec : { kind: 'folder', path: sysroot },
    name,
    tree,
    open: async () => (isHost ? openHost() : openFolder(spec.path)),
    study: async () => (await studyHost(choice, wish, context)).topology,
    checkWritable: (plan) => checkFirst(options, plan),
    ...(reachesThisKernel
      ? { lock: (about) => takeFarLock(ownShell, { name, about, warn: context.warn }) }
      : {}),
    onWriter: (listener) => void listeners.push(listener),
    waitsIn: () => waitsIn(writer.pid),
    kernelLog: async () => (isHost ? kernelLog() : []),
    close: () => writer.close(),
  }
}
