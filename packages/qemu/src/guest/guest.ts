import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { AgentLane } from '../agent/lane'
import { quoteText } from '../agent/shell-words'
import { UeventStream } from '../agent/uevent-stream'
import { buildInitramfs } from '../initramfs/build'
import { findGuestFiles, type GuestFiles } from '../initramfs/guest-files'
import type { GuestOptions } from '../launch/arguments'
import { GuestError } from '../launch/guest-error'
import { type GuestExit, type GuestProcess, launchGuest } from '../launch/launch'
import { onEnd } from '../launch/lifetime'
import { profileOf } from '../launch/machine'
import { bootMibOf, cpusOf } from '../launch/memory-layout'
import type { QmpClient } from '../qmp/client'
import { type GuestLanes, type GuestTree, guestTree } from './guest-tree'
import { corruptFiles } from './operations'
import { type PerformOptions, Recorder } from './recorder'
import { ueventsUpTo } from './settle'
import {
  devicesOf,
  type GuestDevice,
  type GuestOperation,
  type GuestStep,
  type GuestTrace,
} from './step'

export interface StartOptions extends GuestOptions {
  /** Default: what scripts/fetch-kernels.mjs has fetched. */
  readonly files?: GuestFiles
  /** Kernel modules to load before the agent greets, as `virtio_mem`. */
  readonly modules?: readonly string[]
  /** Milliseconds until the agent must have greeted. Default 180 000. */
  readonly bootTimeoutMs?: number
  /** Stops the start. Of no effect later. */
  readonly signal?: AbortSignal
}

/** What a script in the guest gave. */
export interface ScriptResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

const BOOT_TIMEOUT_MS = 180_000
const LANE_NAMES = ['work', 'query'] as const
const CONSOLE_LINES = 20

/** A guest that runs, with its agent. */
export class Guest implements AsyncDisposable {
  readonly process: GuestProcess
  readonly tree: GuestTree
  /** The release of the kernel that runs in it. */
  readonly kernel: string
  readonly options: StartOptions
  readonly #lanes: GuestLanes
  readonly #recorder: Recorder
  readonly #steps: GuestStep[] = []
  #boot: Readonly<Record<string, string>> | undefined
  #fills = 0

  constructor(
    process: GuestProcess,
    options: StartOptions,
    agent: { readonly lanes: GuestLanes; readonly kernel: string },
  ) {
    this.process = process
    this.options = options
    this.kernel = agent.kernel
    this.#lanes = agent.lanes
    this.tree = guestTree(agent.lanes)
    this.#recorder = new Recorder({ qmp: process.qmp, lanes: agent.lanes }, options.machine)
  }

  get qmp(): QmpClient {
    return this.process.qmp
  }

  /** How many uevents never arrived; 0 unless the guest sent more than it could deliver. */
  get missedUevents(): number {
    return this.#lanes.uevents.missed
  }

  /** Runs a script of busybox's ash in the guest. Writes and other scripts wait for it; reads do not. */
  async run(script: string): Promise<ScriptResult> {
    const request = `printf '%b' ${quoteText(script)} >/run/script; sh /run/script`
    const { status, stdout, stderr } = await this.#lanes.work.request(request)
    return { status, stdout: stdout.toString(), stderr }
  }

  /** The kernel's log. */
  async kernelLog(): Promise<string> {
    const { stdout } = await this.#lanes.query.request('dmesg')
    return stdout.toString()
  }

  /** What the guest says about its memory, in the form of recorded traces, in one round trip. */
  flatView(): Promise<Record<string, string>> {
    return this.#recorder.flatView()
  }

  /** The memory devices that QEMU holds. */
  async devices(): Promise<readonly GuestDevice[]> {
    return devicesOf(await this.qmp.execute('query-memory-devices'))
  }

  /** Files of earlier fills that do not read as they were written: always none, unless the kernel is broken. */
  corruptFiles(): Promise<readonly string[]> {
    return corruptFiles({ qmp: this.qmp, lanes: this.#lanes })
  }

  /**
   * Carries out one operation, waits until the guest has come to rest, and records what changed.
   * What QEMU or the kernel refuses is a result.
   * @throws GuestError NOT_SETTLED, GUEST_GONE
   */
  async perform(operation: GuestOperation, options: PerformOptions = {}): Promise<GuestStep> {
    this.#boot ??= await this.#recorder.begin()
    const step = await this.#recorder.perform(operation, options)
    this.#steps.push(step)
    return step
  }

  /** Plugs a DIMM. */
  plug(
    dimm: { readonly id: string; readonly mib: number; readonly node?: number },
    options: PerformOptions = {},
  ): Promise<GuestStep> {
    return this.perform({ op: 'plug', node: 0, ...dimm }, options)
  }

  /** Asks the guest to let a device go. Whether it went is in the step's `devices`. */
  unplug(id: string, options: PerformOptions = {}): Promise<GuestStep> {
    return this.perform({ op: 'unplug', id }, options)
  }

  /** One write(2) to a file of the kernel. */
  write(path: string, value: string, options: PerformOptions = {}): Promise<GuestStep> {
    return this.perform({ op: 'write', path, value }, options)
  }

  /** Puts page cache on a node: a file of random bytes. The step's `op.file` is what `drop` takes. */
  fill(
    use: { readonly node: number; readonly mib: number; readonly policy?: string },
    options: PerformOptions = {},
  ): Promise<GuestStep> {
    this.#fills += 1
    const file = `/mnt/f${this.#fills}/x`
    return this.perform({ op: 'fill', file, policy: 'prefer', ...use }, options)
  }

  /** Frees what a fill put there. */
  drop(file: string, options: PerformOptions = {}): Promise<GuestStep> {
    return this.perform({ op: 'drop', file }, options)
  }

  /** From now on the notifier for `MEM_GOING_ONLINE` or `MEM_GOING_OFFLINE` answers so; 0 heals it. */
  inject(
    fault: { readonly event: string; readonly errno: number },
    options: PerformOptions = {},
  ): Promise<GuestStep> {
    return this.perform({ op: 'inject', ...fault }, options)
  }

  /** All steps so far, in the form of recorded traces. */
  trace(name: string): GuestTrace {
    const { machine, memory, cmdline = '', modules = [] } = this.options
    return {
      name,
      arch: machine,
      kernel: this.kernel,
      machine: {
        nodes_mib: memory.nodes.map(({ mib }) => mib),
        boot_mib: bootMibOf(memory),
        slots: memory.slots ?? 0,
        max_mib: memory.maxMib ?? bootMibOf(memory),
        cpus: cpusOf(memory).reduce((sum, count) => sum + count, 0),
        cmdline,
        ...(modules.some((module) => module.includes('error')) ? { faults: true } : {}),
      },
      boot: this.#boot ?? {},
      steps: [...this.#steps],
    }
  }

  /** Ends the guest. May be called twice. */
  stop(): Promise<GuestExit> {
    return this.process.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** Writes the initramfs where only this user can read it, for as long as QEMU needs it. */
async function withInitramfs<T>(
  content: Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'memhp-guest-'))
  const release = onEnd(() => rmSync(folder, { recursive: true, force: true }))
  try {
    const path = join(folder, 'initramfs')
    await writeFile(path, content, { mode: 0o600 })
    return await use(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
    release()
  }
}

function goneError(process: GuestProcess, { code, signal, shutdown }: GuestExit): GuestError {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`
  const reason = process.console.panic ?? shutdown?.reason
  const why = reason === undefined ? '' : `: ${reason}`
  return new GuestError('GUEST_GONE', `the guest has ended ${how}${why}`, {
    console: process.console.tail(CONSOLE_LINES),
    stderr: process.stderr.tail(CONSOLE_LINES),
  })
}

/** Joins the agent's lines. Each ends with QEMU. */
function openLanes(process: GuestProcess, nonce: string): GuestLanes {
  const [work, query, uevents] = process.channels as readonly [Duplex, Duplex, Duplex]
  const lanes = {
    work: new AgentLane(work, { nonce, name: LANE_NAMES[0] }),
    query: new AgentLane(query, { nonce, name: LANE_NAMES[1] }),
    uevents: new UeventStream(uevents),
  }
  void process.exited.then((exit) => {
    const error = goneError(process, exit)
    lanes.work.fail(error)
    lanes.query.fail(error)
  })
  return lanes
}

/** Has the kernel send a uevent until one arrives: then none is missed any more. */
async function joinUevents(lanes: GuestLanes): Promise<void> {
  while (lanes.uevents.lastSeqnum === 0) {
    const script = 'echo change >/sys/class/mem/null/uevent; cat /sys/kernel/uevent_seqnum'
    const { stdout } = await lanes.query.request(script)
    const arrived = ueventsUpTo(lanes, Number(stdout.toString()))
    await Promise.race([arrived, sleep(200)])
  }
}

async function awaitAgent(
  process: GuestProcess,
  lanes: GuestLanes,
  { signal, bootTimeoutMs = BOOT_TIMEOUT_MS }: StartOptions,
): Promise<string> {
  const done = new AbortController()
  const failed = (message: string): GuestError =>
    new GuestError('BOOT_FAILED', message, {
      console: process.console.tail(CONSOLE_LINES),
      commandLine: process.commandLine,
    })
  const ended = process.exited.then(({ shutdown }) => {
    const reason = process.console.panic ?? shutdown?.reason ?? 'without a word'
    throw failed(`the guest ended while it booted: ${reason}`)
  })
  const late = sleep(bootTimeoutMs, undefined, { signal: done.signal }).then(
    () => {
      throw failed(`the guest has not come up within ${Math.round(bootTimeoutMs / 1000)} s`)
    },
    () => new Promise<never>(() => {}),
  )
  const aborted = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { signal: done.signal })
  })
  const up = Promise.all([lanes.query.ready, lanes.work.ready]).then(async ([release]) => {
    await joinUevents(lanes)
    return release
  })
  for (const promise of [ended, late, aborted, up]) promise.catch(() => {})
  try {
    return await Promise.race([up, ended, late, aborted])
  } finally {
    done.abort()
  }
}

/**
 * Starts a guest from a stock kernel and waits until its agent answers. Needs neither root nor KVM.
 * @throws GuestError as `launchGuest`, and BOOT_FAILED; the signal's reason
 */
export async function startGuest(options: StartOptions): Promise<Guest> {
  const profile = profileOf(options.machine)
  const files = options.files ?? (await findGuestFiles(profile.arch))
  const nonce = randomBytes(12).toString('hex')
  const [, ...lines] = profile.serialLines.map(({ guestPath }) => guestPath)
  const [ueventLine = '', ...lanes] = [lines[2] ?? '', ...lines.slice(0, LANE_NAMES.length)]
  const { modules = [], signal } = options
  const initramfs = await buildInitramfs(files, { nonce, lanes, ueventLine, modules })
  const process = await withInitramfs(initramfs, (initrd) =>
    launchGuest({ ...options, kernel: files.kernel, initrd, channels: lines.length }),
  )
  try {
    signal?.throwIfAborted()
    const joined = openLanes(process, nonce)
    const kernel = await awaitAgent(process, joined, options)
    return new Guest(process, options, { lanes: joined, kernel })
  } catch (error) {
    await process.stop()
    throw error
  }
}
