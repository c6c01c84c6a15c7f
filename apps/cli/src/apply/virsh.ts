import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { HotplugError } from '@memhp/core'
import {
  type AgentChannel,
  AgentRefusal,
  answerIn,
  inTurn,
  REFUSAL_PATTERN,
  refusalInLine,
} from '@memhp/qemu'
import { CliError, EXIT } from '../errors'
import type { Monitor } from './monitor'
import { Lost } from './remote-machine'
import type { LibvirtSpec } from './target'

interface VirshAnswer {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const virshWords = ({ connect }: LibvirtSpec, args: readonly string[]): string[] => [
  '--quiet',
  ...(connect === null ? [] : ['--connect', connect]),
  ...args,
]

/** Runs virsh. No text of a command passes a shell. @throws CliError where there is none */
async function virsh(spec: LibvirtSpec, args: readonly string[]): Promise<VirshAnswer> {
  const child = spawn('virsh', virshWords(spec, args), { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    child.on('error', (error) =>
      reject(
        new CliError(`virsh cannot be run: ${error.message}`, {
          remedy: 'apt-get install libvirt-clients',
        }),
      ),
    )
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** The line in which virsh says what was wrong. */
const complaint = ({ stderr }: VirshAnswer): string =>
  stderr
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^error: /, '') ?? ''

/** What a domain that runs no more, and a connection that is gone, are called. Source: libvirt 9.0, src/util/virerror.c. */
const IS_GONE =
  /domain is not running|failed to get domain|failed to connect|client socket is closed/i

/** Lost machines as such; everything else as the caller says. */
function failure(answer: VirshAnswer, spec: LibvirtSpec, otherwise: (why: string) => Error): Error {
  const why = complaint(answer)
  return IS_GONE.test(answer.stderr)
    ? new Lost(`the domain ${spec.domain}: ${why}`, { exitCode: EXIT.noGuest })
    : otherwise(why)
}

/** Refuses before anything is done where there is no such domain that runs. @throws CliError */
export async function checkDomain(spec: LibvirtSpec): Promise<void> {
  const answer = await virsh(spec, ['domstate', '--', spec.domain])
  const state = answer.stdout.trim()
  if (answer.code === 0 && state === 'running') return
  const what = answer.code === 0 ? `it is ${state}` : complaint(answer)
  throw new CliError(`the domain ${spec.domain} cannot be reached: ${what}`, {
    exitCode: EXIT.noGuest,
    remedy: 'virsh list --all; --connect URI names another libvirt',
  })
}

/** How long one virsh listens: where memhp is killed, it is left for that long at the most. */
const LISTEN_SECONDS = 600
/** A virsh that ended sooner cannot listen: that of an older libvirt, or without the right to. */
const LEAST_MS = 1000

/** Hears of guests that do not let go of a device, as long as libvirt passes on what QEMU says. @returns what ends it */
function hearRefusals(spec: LibvirtSpec, listener: (why: string) => void): () => void {
  let end = (): void => {}
  const listen = (): void => {
    const words = [
      '--event',
      REFUSAL_PATTERN,
      '--regex',
      '--loop',
      '--timeout',
      `${LISTEN_SECONDS}`,
    ]
    const begun = Date.now()
    const args = virshWords(spec, ['qemu-monitor-event', ...words, '--domain', spec.domain])
    const child = spawn('virsh', args, { stdio: ['ignore', 'pipe', 'ignore'] })
    let isOver = false
    end = () => {
      isOver = true
      child.kill()
    }
    createInterface({ input: child.stdout }).on('line', (line) => {
      const why = refusalInLine(line)
      if (why !== undefined) listener(why)
    })
    child.on('error', () => {})
    child.on('close', () => {
      if (!isOver && Date.now() - begun > LEAST_MS) listen()
    })
  }
  listen()
  return () => end()
}

/** QEMU's monitor, as libvirt passes commands on to it, and what it says by itself. */
export function virshMonitor(spec: LibvirtSpec): Monitor {
  let end: (() => void) | undefined
  return {
    ...commandsOf(spec),
    onRefused: (listener) => {
      end ??= hearRefusals(spec, listener)
    },
    close: async () => end?.(),
  }
}

const commandsOf = (spec: LibvirtSpec): Omit<Monitor, 'onRefused' | 'close'> => ({
  name: `libvirt’s domain ${spec.domain}`,
  execute: async (command, args) => {
    const text = JSON.stringify({
      execute: command,
      ...(args === undefined ? {} : { arguments: args }),
    })
    const answer = await virsh(spec, ['qemu-monitor-command', '--', spec.domain, text])
    const refused = (why: string): Error =>
      new HotplugError('REQUEST_REFUSED', 'EBUSY', `${command}: ${why}`)
    if (answer.code !== 0) throw failure(answer, spec, refused)
    try {
      return answerIn(answer.stdout, command) as never
    } catch (error) {
      if (error instanceof AgentRefusal) throw refused(error.desc)
      throw error
    }
  },
  // With the device libvirt frees the memory behind it.
  owned: {
    describe: async (ids) => {
      const { code, stdout } = await virsh(spec, ['dumpxml', '--', spec.domain])
      const all = code === 0 ? (stdout.match(/<memory model=[\s\S]*?<\/memory>/g) ?? []) : []
      const found = ids.flatMap((id) => all.filter((text) => hasAlias(text, id)))
      return found.length === ids.length ? found : undefined
    },
    plug: async (description) => {
      const folder = await mkdtemp(join(tmpdir(), 'memhp-'))
      try {
        const file = join(folder, 'device.xml')
        await writeFile(file, description)
        const answer = await virsh(spec, ['attach-device', '--live', '--', spec.domain, file])
        if (answer.code === 0) return
        throw failure(answer, spec, (why) => new HotplugError('REQUEST_REFUSED', 'EBUSY', why))
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  },
})

const hasAlias = (text: string, id: string): boolean => text.includes(`<alias name='${id}'/>`)

/** QEMU's agent in the guest, as libvirt passes commands on to it. */
export function virshAgent(spec: LibvirtSpec): AgentChannel {
  const turn = inTurn()
  return {
    ask: (command, args) =>
      turn(async () => {
        const text = JSON.stringify({ execute: command, arguments: args })
        // The kernel may be at work for long: the default of libvirt is to give up after 5 s.
        const answer = await virsh(spec, ['qemu-agent-command', '--block', '--', spec.domain, text])
        if (answer.code !== 0) throw failure(answer, spec, (why) => new AgentRefusal(command, why))
        return answerIn(answer.stdout, command)
      }),
    close: async () => {},
  }
}
