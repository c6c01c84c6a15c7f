import type { ScriptResult } from '../guest/guest'
import type { GuestWriteOptions } from '../guest/guest-tree'
import { readTree } from '../guest/guest-tree'
import { refusal, refusalOf } from '../guest/tree-error'
import { GuestError } from '../launch/guest-error'
import type { RemoteShell, RemoteTree } from '../remote/connect-shell'
import { abilitiesOf } from './abilities'
import { agentTree } from './agent-tree'
import type { AgentChannel } from './channel'
import { runProgram, runShellScript } from './programs'

/** A guest that its agent reaches. */
export interface AgentGuest extends Pick<RemoteShell, 'waitsIn' | 'close'> {
  readonly tree: RemoteTree
  /** Runs a script; absent where the agent runs no programs. */
  readonly run?: (script: string) => Promise<ScriptResult>
}

/** Writes by dd, which can be killed. */
class ProgramWriter {
  readonly #channel: AgentChannel
  /** The number of what writes now. */
  pid: number | undefined

  constructor(channel: AgentChannel) {
    this.#channel = channel
  }

  async write(path: string, text: string, { signal }: GuestWriteOptions = {}): Promise<void> {
    // dd would make a file that is not there.
    if (!/^\/(?:sys|proc)\//.test(path)) throw refusal('write', path, 'EACCES')
    if (signal?.aborted) throw refusal('write', path, 'EINTR')
    const kill = (): void => {
      const { pid } = this
      if (pid !== undefined) void runShellScript(this.#channel, `kill -9 ${pid}`).catch(() => {})
    }
    signal?.addEventListener('abort', kill)
    try {
      const program = { path: 'dd', args: [`of=${path}`, 'bs=65536', 'status=none'], input: text }
      const answer = await runProgram(this.#channel, program, (pid) => {
        this.pid = pid
        if (signal?.aborted) kill()
      })
      if (answer.status !== 0) throw refusalOf('write', path, answer)
    } finally {
      this.pid = undefined
      signal?.removeEventListener('abort', kill)
    }
  }
}

/**
 * Reaches a guest through QEMU's agent: by programs that it runs, where it may; else by what it knows of memory blocks itself, and by files
 * where it may read them.
 * @throws GuestError AGENT_FAULT where it may do none of that; what the channel throws
 */
export async function reachByAgent(
  channel: AgentChannel,
  { name }: { readonly name: string },
): Promise<AgentGuest> {
  const abilities = await abilitiesOf(channel)
  const close = (): Promise<void> => channel.close()
  if (!abilities.programs) {
    if (!abilities.blocks)
      throw new GuestError(
        'AGENT_FAULT',
        `the agent of ${name} neither runs programs nor switches memory blocks`,
        { remedy: 'allow guest-exec, or guest-set-memory-blocks, in the guest’s qemu-ga.conf' },
      )
    return { tree: agentTree(channel, abilities), waitsIn: async () => undefined, close }
  }
  const writer = new ProgramWriter(channel)
  const reads = readTree({ request: (script) => runShellScript(channel, script) })
  return {
    tree: { ...reads, write: (path, text, options) => writer.write(path, text, options) },
    run: async (script) => {
      const { status, stdout, stderr } = await runShellScript(channel, script)
      return { status, stdout: stdout.toString(), stderr }
    },
    waitsIn: async () => {
      if (writer.pid === undefined) return undefined
      const { stdout } = await runShellScript(channel, `cat /proc/${writer.pid}/wchan`)
      const name = stdout.toString().trim()
      return name === '' || name === '0' ? undefined : name
    },
    close,
  }
}
