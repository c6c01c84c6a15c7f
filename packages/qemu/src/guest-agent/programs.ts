import { setTimeout as sleep } from 'node:timers/promises'
import type { AgentAnswer } from '../agent/lane'
import type { AgentChannel } from './channel'

/** A program in a guest. */
export interface Program {
  readonly path: string
  readonly args: readonly string[]
  readonly input: string
}

/** What guest-exec-status tells. Source: QEMU 7.2, qga/qapi-schema.json, GuestExecStatus. */
interface ExecStatus {
  readonly exited: boolean
  readonly exitcode?: number
  readonly signal?: number
  readonly 'out-data'?: string
  readonly 'err-data'?: string
}

const FIRST_LOOK_MS = 10
const LONGEST_LOOK_MS = 300
const KILLED_BY = 128
/** Words of errors are those of strerror(3), and programs are found. */
const ENVIRONMENT = ['LC_ALL=C', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin']

const decoded = (data: string | undefined): Buffer => Buffer.from(data ?? '', 'base64')

/**
 * Runs a program in a guest, and looks again and again whether it is over: its agent answers other commands meanwhile.
 * @param onStart is told its number
 * @throws as `AgentChannel.ask`
 */
export async function runProgram(
  channel: AgentChannel,
  { path, args, input }: Program,
  onStart: (pid: number) => void = () => {},
): Promise<AgentAnswer> {
  const { pid } = (await channel.ask('guest-exec', {
    path,
    arg: [...args],
    env: ENVIRONMENT,
    'input-data': Buffer.from(input).toString('base64'),
    'capture-output': true,
  })) as { readonly pid: number }
  onStart(pid)
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(LONGEST_LOOK_MS, wait * 2)) {
    await sleep(wait)
    const status = (await channel.ask('guest-exec-status', { pid })) as ExecStatus
    if (!status.exited) continue
    return {
      status: status.exitcode ?? KILLED_BY + (status.signal ?? 0),
      stdout: decoded(status['out-data']),
      stderr: decoded(status['err-data']).toString(),
    }
  }
}

/** Runs a script of a POSIX shell. Nothing that it runs reads the script's text. */
export const runShellScript = (channel: AgentChannel, script: string): Promise<AgentAnswer> =>
  runProgram(channel, {
    path: 'sh',
    args: ['-c', 'eval "$(cat)" </dev/null'],
    input: script,
  })
