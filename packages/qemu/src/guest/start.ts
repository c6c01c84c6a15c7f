import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseZoneinfo } from '@memhp/kernel-files'
import { AgentLane } from '../agent/lane'
import { UeventStream } from '../agent/uevent-stream'
import { buildInitramfs } from '../initramfs/build'
import { findGuestFiles } from '../initramfs/guest-files'
import { GuestError } from '../launch/guest-error'
import { type GuestExit, type GuestProcess, launchGuest } from '../launch/launch'
import { onEnd } from '../launch/lifetime'
import { profileOf } from '../launch/machine'
import { Guest, type StartOptions } from './guest'
import type { GuestLanes } from './guest-tree'
import { ueventsUpTo } from './settle'

const BOOT_TIMEOUT_MS = 180_000
/** What is only read is there at once, unless the guest hangs. */
const ANSWER_TIMEOUT_MS = 120_000
const CONSOLE_LINES = 20

/** Pages of zones that are set aside for contiguous allocation, by zone: `1/DMA`. */
const cmaOf = (zoneinfo: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    parseZoneinfo(zoneinfo).flatMap((zone) => {
      const pages = zone.counters.get('cma') ?? 0
      return pages === 0 ? [] : [[`${zone.node}/${zone.name}`, pages] as const]
    }),
  )

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
    work: new AgentLane(work, { nonce, name: 'work' }),
    query: new AgentLane(query, { nonce, name: 'query', timeoutMs: ANSWER_TIMEOUT_MS }),
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
  const [, work = '', query = '', ueventLine = ''] = profile.serialLines.map(
    ({ guestPath }) => guestPath,
  )
  const lanes = [work, query]
  const { signal } = options
  const modules = [...profile.lineModules, ...(options.modules ?? [])]
  const initramfs = await buildInitramfs(files, { nonce, lanes, ueventLine, modules })
  const process = await withInitramfs(initramfs, (initrd) =>
    launchGuest({
      ...options,
      kernel: files.kernel,
      ...(files.firmware === undefined ? {} : { firmware: files.firmware }),
      initrd,
      channels: profile.serialLines.length - 1,
    }),
  )
  try {
    signal?.throwIfAborted()
    const joined = openLanes(process, nonce)
    const kernel = await awaitAgent(process, joined, options)
    const cma = cmaOf((await joined.query.request('cat /proc/zoneinfo')).stdout.toString())
    const guest = new Guest(process, options, { lanes: joined, kernel, cma })
    await guest.comeToRest()
    return guest
  } catch (error) {
    await process.stop()
    throw error
  }
}
