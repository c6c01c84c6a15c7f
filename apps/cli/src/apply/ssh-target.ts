import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { connectShell, type RemoteShell } from '@memhp/qemu'
import { CliError, EXIT } from '../errors'
import type { StudyWish } from '../source/studied-host'
import { takeFarLock } from './far-lock'
import { checkFirst, orLost, readingOf, treeOrLost } from './remote-machine'
import type { ReadableTarget, SshSpec } from './target'

/** ssh asks nothing, and notices within a minute that the far side is gone. */
const SSH = ['ssh', '-T', '-o', 'BatchMode=yes', '-o', 'ServerAliveInterval=15']
const SHELL = 'exec sh'
const MOST_CHARACTERS = 2000

/** Opens a connection. It ends with this process. @throws CliError */
async function connect(
  { host, command }: SshSpec,
  name: string,
): Promise<{ readonly shell: RemoteShell; readonly end: () => void }> {
  const [program = '', ...args] = command ?? [...SSH, '--', host, SHELL]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-MOST_CHARACTERS)
  })
  child.on('error', (error) => {
    said = error.message
  })
  child.stdin.on('error', () => {})
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
  stream.on('error', () => {})
  const end = (): void => void child.kill()
  const reason = (): string => said.trim().split('\n').at(-1) ?? ''
  try {
    const shell = await orLost(() => connectShell(stream, { name, reason }))
    return { shell, end }
  } catch (error) {
    end()
    if (!(error instanceof CliError)) throw error
    throw new CliError(error.message, {
      exitCode: EXIT.noGuest,
      remedy: `${program} must reach ${host} without a question: a key, and a known host`,
    })
  }
}

/** Opens a machine that ssh reaches. @throws CliError */
export async function openSsh(
  spec: SshSpec,
  wish: StudyWish,
  warn: (text: string) => void,
): Promise<ReadableTarget> {
  const name = `the host ${spec.host}`
  const { shell, end } = await connect(spec, name)
  const tree = treeOrLost(shell.tree)
  return {
    spec,
    name,
    tree,
    run: (script) => orLost(() => shell.run(script)),
    hear: (signal) => orLost(() => shell.hear(signal)),
    ...readingOf({ run: shell.run, tree }, wish, name),
    checkWritable: (plan) =>
      checkFirst(shell, plan, {
        what: `${name} may not be written`,
        remedy: 'connect as root, where /sys is writable',
      }),
    onWriter: () => {},
    lock: (about) => takeFarLock(shell, { name, about, warn }),
    waitsIn: () => shell.waitsIn(),
    kernelLog: async () => (await orLost(() => shell.run('dmesg'))).stdout.trimEnd().split('\n'),
    close: async () => {
      await shell.close()
      end()
    },
  }
}
