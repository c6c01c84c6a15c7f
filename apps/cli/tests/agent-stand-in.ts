import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isHotplugError, type Machine } from '@memhp/core'

/** What a command of the agent gives, or the words in which it refuses. */
type Reply =
  | { readonly return: unknown }
  | { readonly error: { readonly class: string; readonly desc: string } }

const refusal = (desc: string): Reply => ({ error: { class: 'GenericError', desc } })
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EINVAL: 'Invalid argument',
  EBUSY: 'Device or resource busy',
}

/**
 * QEMU's agent of a machine in this process, as 7.2.22 of Debian was seen to answer on a real guest: a write tells what the kernel says when
 * it is flushed, each block has its response. It runs no programs.
 */
export class AgentStandIn {
  readonly #machine: Machine
  readonly #allowed: readonly string[]
  readonly asked: string[] = []
  /** Blocks that the kernel does not let go. */
  readonly stubborn = new Set<number>()
  #handles = 1000
  readonly #open = new Map<number, { readonly path: string; text: string; at: number }>()

  constructor(machine: Machine, allowed: readonly string[]) {
    this.#machine = machine
    this.#allowed = allowed
  }

  answer({
    execute,
    arguments: args = {},
  }: {
    execute: string
    arguments?: Record<string, never>
  }): Reply {
    this.asked.push(execute)
    try {
      return { return: this.#do(execute, args) }
    } catch (error) {
      if (!isHotplugError(error)) return refusal(String(error))
      return refusal(`failed: ${WORDS[error.errno] ?? error.errno}`)
    }
  }

  #do(command: string, args: Readonly<Record<string, never>>): unknown {
    const { tree } = this.#machine
    const file = this.#open.get(args.handle ?? 0)
    switch (command) {
      case 'guest-sync-delimited':
        return args.id
      case 'guest-info':
        return { supported_commands: this.#allowed.map((name) => ({ name, enabled: true })) }
      case 'guest-get-osinfo':
        return { machine: 'x86_64', 'kernel-release': '6.1.0' }
      case 'guest-get-memory-block-info':
        return { size: this.#machine.geometry.blockBytes }
      case 'guest-get-memory-blocks':
        return this.#blocks().map((block) => ({
          'phys-index': block,
          online: this.#state(block) === 'online',
        }))
      case 'guest-set-memory-blocks':
        return this.#set(args['mem-blks'] ?? [])
      case 'guest-file-open': {
        if (args.mode !== 'w') String(tree.read(args.path as never))
        this.#handles += 1
        const text = args.mode === 'w' ? '' : String(tree.read(args.path as never))
        this.#open.set(this.#handles, { path: String(args.path), text, at: 0 })
        return this.#handles
      }
      case 'guest-file-read': {
        const text = file?.text ?? ''
        return { count: text.length, 'buf-b64': Buffer.from(text).toString('base64'), eof: true }
      }
      case 'guest-file-write':
        if (file !== undefined) file.text += Buffer.from(args['buf-b64'] ?? '', 'base64').toString()
        return { count: file?.text.length, eof: false }
      case 'guest-file-flush':
        if (file !== undefined) tree.write(file.path, file.text)
        return {}
      case 'guest-file-close':
        this.#open.delete(args.handle ?? 0)
        return {}
      default:
        throw new Error(`The command ${command} has not been found`)
    }
  }

  #blocks(): readonly number[] {
    const names = this.#machine.tree.list('/sys/devices/system/memory')
    return [...names].flatMap((name) => /^memory(\d+)$/.exec(name)?.[1] ?? []).map(Number)
  }

  #state(block: number): string {
    return this.#machine.tree.read(`/sys/devices/system/memory/memory${block}/state`).trim()
  }

  #set(blocks: readonly { readonly 'phys-index': number; readonly online: boolean }[]): unknown {
    return blocks.map(({ 'phys-index': block, online }) => {
      const about = { 'phys-index': block }
      if (!this.#blocks().includes(block))
        return { ...about, response: 'not-found', 'error-code': 2 }
      if (this.stubborn.has(block))
        return { ...about, response: 'operation-failed', 'error-code': 16 }
      try {
        const path = `/sys/devices/system/memory/memory${block}/state`
        this.#machine.tree.write(path, online ? 'online' : 'offline')
        return { ...about, response: 'success' }
      } catch (error) {
        const isBusy = isHotplugError(error) && error.errno === 'EBUSY'
        return { ...about, response: 'operation-failed', 'error-code': isBusy ? 16 : 22 }
      }
    })
  }
}

/** Serves lines of JSON on a socket in a new folder. */
export async function serveLines(
  answer: (message: never) => unknown,
): Promise<AsyncDisposable & { readonly folder: string; readonly socket: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-agent-'))
  const socket = join(folder, 'socket')
  const server: Server = createServer((connection: Socket) => {
    let rest = ''
    connection.on('error', () => {})
    connection.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('latin1').replaceAll('\xff', '')).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines)
        connection.write(`${JSON.stringify(answer(JSON.parse(line) as never))}\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return {
    folder,
    socket,
    [Symbol.asyncDispose]: async () => {
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
