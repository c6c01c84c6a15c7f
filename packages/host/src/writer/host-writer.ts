import { type ChildProcess, spawn } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { HotplugError } from '@memhp/core'
import { confineTo } from '../confine'
import { errnoOf, refusal, type SystemFailure } from '../file-error'
import { WRITER_SCRIPT } from './writer-script'

/** Where writes go. Both are named by the caller: nothing is assumed. */
export interface HostWriterOptions {
  /** The folder that stands for the root of the host; `/` is this machine. */
  readonly sysroot: string
  /** Whether a write may reach the kernel that runs this process: its sysfs and procfs. Else it is refused with EROFS. */
  readonly reachesThisKernel: boolean
  /** Told of the process that writes, before it does. */
  readonly onProcess?: (pid: number) => void
}

/** Writes files of a host from a process that can be killed, for the kernel may never let go of who takes memory offline. */
export interface HostWriter extends AsyncDisposable {
  /** The process that writes, once there is one. */
  readonly pid: number | undefined
  /**
   * One open and one write(2). The file is never created.
   * @param options.signal kills what writes: the kernel gives up, and the write fails with EINTR
   * @throws HotplugError with the errno of the kernel
   */
  write(path: string, text: string, options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Ends the process once it writes no more. */
  close(): Promise<void>
}

/** Types of file systems that are the kernel's own. Source: statfs(2): SYSFS_MAGIC, PROC_SUPER_MAGIC. */
const OF_THE_KERNEL: ReadonlySet<number> = new Set([0x62656572, 0x9fa0])

/** Whether a file belongs to the kernel that runs this process, wherever it is mounted. */
export function isOfThisKernel(place: string): boolean {
  return OF_THE_KERNEL.has(statfsSync(place).type)
}

interface Answer {
  /** Null: it was written. */
  readonly failure: SystemFailure | null
}

class WritingProcess implements HostWriter {
  readonly #options: HostWriterOptions
  #child: ChildProcess | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: HostWriterOptions) {
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  async write(
    path: string,
    text: string,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const before = this.#last
    const written = before.then(() => this.#write(path, text, signal))
    this.#last = written.catch(() => {})
    await written
  }

  async #write(path: string, text: string, signal: AbortSignal | undefined): Promise<void> {
    const confinement = await confineTo(this.#options.sysroot)
    const place = confinement.place('write', path, 'follow')
    if (!this.#options.reachesThisKernel) checkOther(path, place)
    if (signal?.aborted) throw refusal('write', path, { errno: 'EINTR' })
    const child = this.#started()
    const kill = (): void => void child.kill('SIGKILL')
    signal?.addEventListener('abort', kill)
    try {
      const { failure } = await answerOf(child, { place, text })
      if (failure === null) return
      const errno = errnoOf(failure)
      throw refusal(
        'write',
        path,
        errno === undefined ? { errno: 'EIO', cause: failure } : { errno },
      )
    } finally {
      signal?.removeEventListener('abort', kill)
      if (child.exitCode !== null || child.signalCode !== null) this.#child = undefined
    }
  }

  #started(): ChildProcess {
    if (this.#child !== undefined) return this.#child
    // A separate session: a Ctrl-C at the terminal is for who asked for the write.
    const child = spawn(process.execPath, ['-e', WRITER_SCRIPT], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
      env: {},
    })
    child.on('error', () => {})
    child.unref()
    child.channel?.unref()
    this.#child = child
    if (child.pid !== undefined) this.#options.onProcess?.(child.pid)
    return child
  }

  async close(): Promise<void> {
    await this.#last
    if (this.#child?.connected) this.#child.disconnect()
    this.#child = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** @throws HotplugError NOT_WRITABLE (EROFS) */
function checkOther(path: string, place: string): void {
  let isOwn: boolean
  try {
    isOwn = isOfThisKernel(place)
  } catch (cause) {
    const errno = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'ENOENT' : 'EIO'
    throw refusal('write', path, { errno, cause })
  }
  if (!isOwn) return
  const message = `${place} belongs to the kernel of this host, which is not to be changed`
  throw new HotplugError('NOT_WRITABLE', 'EROFS', message, { detail: { path } })
}

/** The answer of the process. One that was killed was interrupted. */
function answerOf(
  child: ChildProcess,
  message: { readonly place: string; readonly text: string },
): Promise<Answer> {
  return new Promise((resolve) => {
    // While an answer is awaited, this process stays.
    child.ref()
    child.channel?.ref()
    const done = (answer: Answer): void => {
      child.removeListener('message', onMessage)
      child.removeListener('exit', onExit)
      child.unref()
      child.channel?.unref()
      resolve(answer)
    }
    const onMessage = (answer: unknown): void => done(answer as Answer)
    const onExit = (): void => done({ failure: { code: 'EINTR' } })
    child.on('message', onMessage)
    child.once('exit', onExit)
    child.send(message, (error) => {
      if (error !== null) done({ failure: { code: 'EINTR' } })
    })
  })
}

/** A writer of a host's files. No process is started before the first write. */
export const hostWriter = (options: HostWriterOptions): HostWriter => new WritingProcess(options)
