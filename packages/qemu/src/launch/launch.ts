import { type ChildProcess, spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import type { Duplex, Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { QmpClient } from '../qmp/client'
import { QmpConnectionError } from '../qmp/errors'
import type { ShutdownData } from '../qmp/events'
import { type GuestOptions, MONITOR_FD, qemuArguments, shellQuote } from './arguments'
import { TextCapture } from './console'
import { GuestError } from './guest-error'
import { tieToThisProcess } from './lifetime'
import { profileOf } from './machine'
import { checkMemory } from './memory-layout'
import { cannotRun, diedEarly, noAnswer, OLDEST_QEMU, qemuOf } from './start-failure'

export interface LaunchOptions extends GuestOptions {
  readonly kernel: string
  readonly initrd?: string
  /** What starts the machine; default: where Debian's package has it. */
  readonly firmware?: string
  /** Serial lines besides the console, at most three. Default 0. */
  readonly channels?: number
  /** Milliseconds until QEMU must have answered. Default 30 000. */
  readonly startTimeoutMs?: number
  /** Stops the start. Of no effect later. */
  readonly signal?: AbortSignal
}

/** How QEMU ended. */
export interface GuestExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What its SHUTDOWN event said, if there was one. */
  readonly shutdown: ShutdownData | undefined
}

/** QEMU with a guest in it. */
export interface GuestProcess extends AsyncDisposable {
  readonly pid: number
  readonly qmp: QmpClient
  /** What the guest has written to its console. */
  readonly console: TextCapture
  readonly stderr: TextCapture
  /** Serial lines besides the console, in the order of the machine. */
  readonly channels: readonly Duplex[]
  readonly commandLine: string
  /** Resolves when QEMU has ended. Never rejects. */
  readonly exited: Promise<GuestExit>
  /** Ends QEMU: asks it first, kills it after three seconds. May be called twice. */
  stop(): Promise<GuestExit>
}

const START_TIMEOUT_MS = 30_000
const QUIT_TIMEOUT_MS = 3000

async function checkFile(path: string | undefined): Promise<void> {
  if (path === undefined) return
  try {
    await access(path)
  } catch (cause) {
    throw new GuestError('FILES_MISSING', `${path}: cannot be read`, { cause })
  }
}

/** @throws GuestError FILES_MISSING where the machine starts with firmware that is not there */
async function checkFirmware({ machine, firmware: own }: LaunchOptions): Promise<void> {
  const { firmware } = profileOf(machine)
  if (firmware === undefined) return
  const path = own ?? firmware.path
  await access(path).catch((cause: unknown) => {
    throw new GuestError('FILES_MISSING', `${machine} starts with UEFI, and there is no ${path}`, {
      remedy: `on Debian: apt-get install ${firmware.debianPackage}`,
      cause,
    })
  })
}

function start(options: LaunchOptions, args: readonly string[]): ChildProcess {
  const sockets = Array<'pipe'>(2 + (options.channels ?? 0)).fill('pipe')
  return spawn(qemuOf(options), args, {
    stdio: ['ignore', 'ignore', 'pipe', ...sockets],
    // A Ctrl-C at the terminal is for this process; see lifetime.ts.
    detached: true,
    env: { ...process.env, LC_ALL: 'C' },
  })
}

/** Resolves when all that was written has been read. */
async function ended(stream: Readable | null): Promise<void> {
  if (stream !== null) await finished(stream).catch(() => {})
}

/** A QEMU process that was started, whether or not it came up. */
class LaunchedProcess implements GuestProcess {
  readonly pid: number
  readonly console: TextCapture
  readonly stderr: TextCapture
  readonly channels: readonly Duplex[]
  readonly commandLine: string
  readonly exited: Promise<GuestExit>
  /** Rejects when QEMU could not be run at all. */
  readonly started: Promise<void>
  readonly #child: ChildProcess
  #qmp: QmpClient | undefined
  #shutdown: ShutdownData | undefined

  constructor(
    child: ChildProcess,
    {
      commandLine,
      leftovers,
    }: { readonly commandLine: string; readonly leftovers: readonly string[] },
  ) {
    this.#child = child
    this.commandLine = commandLine
    this.pid = child.pid ?? -1
    this.stderr = new TextCapture(child.stderr)
    const sockets = child.stdio.slice(MONITOR_FD) as Duplex[]
    for (const socket of sockets) socket.on('error', () => {})
    this.console = new TextCapture(sockets[1])
    this.channels = sockets.slice(2)
    this.started = new Promise((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        for (const socket of this.channels) if (!socket.readableFlowing) socket.destroy()
        void ended(child.stderr).then(() => resolve({ code, signal, shutdown: this.#shutdown }))
      }
      child.once('exit', end)
      child.once('error', () => end(null, null))
    })
    tieToThisProcess(child, leftovers)
  }

  get qmp(): QmpClient {
    if (this.#qmp === undefined) throw new GuestError('QEMU_SILENT', 'there is no monitor yet')
    return this.#qmp
  }

  async connect(options: LaunchOptions): Promise<void> {
    const stream = this.#child.stdio[MONITOR_FD] as Duplex
    this.#qmp = await QmpClient.connect(
      { stream },
      {
        handshakeTimeoutMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
    )
    this.#qmp.on('SHUTDOWN', ({ data }) => {
      this.#shutdown = data
    })
  }

  async stop(): Promise<GuestExit> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), QUIT_TIMEOUT_MS)
    try {
      if (this.#qmp?.isOpen) await this.#qmp.execute('quit').catch(() => {})
      else this.#child.kill('SIGKILL')
      return await this.exited
    } finally {
      clearTimeout(timer)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** @throws GuestError QEMU_MISSING where there is no process */
async function run(options: LaunchOptions, args: readonly string[]): Promise<LaunchedProcess> {
  const commandLine = shellQuote([qemuOf(options), ...args])
  const leftovers = options.monitorPath === undefined ? [] : [options.monitorPath]
  try {
    const guest = new LaunchedProcess(start(options, args), { commandLine, leftovers })
    await guest.started
    return guest
  } catch (cause) {
    throw cannotRun(options, { commandLine, cause })
  }
}

/** Why QEMU, which was run, did not come up. */
async function startFailure(
  guest: LaunchedProcess,
  options: LaunchOptions,
  cause: unknown,
): Promise<GuestError> {
  const hasEnded = cause instanceof QmpConnectionError && cause.reason === 'lost'
  const exit = hasEnded ? await guest.exited : undefined
  const { commandLine } = guest
  const evidence = { commandLine, stderr: guest.stderr.tail(20), cause }
  return exit === undefined
    ? noAnswer(options, evidence)
    : diedEarly(options, { ...evidence, ...exit })
}

function checkVersion(guest: LaunchedProcess, options: LaunchOptions): void {
  const { major, minor } = guest.qmp.greeting.version.qemu
  const [oldestMajor, oldestMinor] = OLDEST_QEMU
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  const { debianPackage } = profileOf(options.machine)
  throw new GuestError('QEMU_TOO_OLD', `QEMU ${major}.${minor} is too old`, {
    commandLine: guest.commandLine,
    remedy: `version ${OLDEST_QEMU.join('.')} or newer is needed: Debian 12 has 7.2 (apt-get install ${debianPackage})`,
  })
}

/**
 * Starts QEMU with a guest and connects to its monitor. It does not wait for the guest to boot.
 * QEMU ends with this process, whatever ends this process.
 * @throws GuestError QEMU_MISSING, QEMU_TOO_OLD, QEMU_DIED, QEMU_SILENT, FILES_MISSING; HotplugError BAD_ARGUMENT;
 *   the signal's reason
 */
export async function launchGuest(options: LaunchOptions): Promise<GuestProcess> {
  const profile = profileOf(options.machine)
  checkMemory(options.memory, profile)
  await checkFile(options.kernel)
  await checkFile(options.initrd)
  await checkFirmware(options)
  options.signal?.throwIfAborted()
  const { kernel, initrd, firmware, channels = 0 } = options
  const files = {
    kernel,
    channels,
    ...(initrd === undefined ? {} : { initrd }),
    ...(firmware === undefined ? {} : { firmware }),
  }
  const args = qemuArguments(options, files)
  const guest = await run(options, args)
  try {
    await guest.connect(options)
    checkVersion(guest, options)
    return guest
  } catch (error) {
    const isOurs = error instanceof GuestError || options.signal?.aborted
    const failure = isOurs ? error : await startFailure(guest, options, error)
    await guest.stop()
    throw failure
  }
}
