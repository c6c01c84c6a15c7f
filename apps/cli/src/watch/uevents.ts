import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { askControl, findControl, isServed } from '../control/control-client'
import { CONTROL_VARIABLE } from '../control/protocol'

/** A uevent of memory or of a node. */
export interface WatchedUevent {
  readonly action: string
  /** `memory32`, `node1`. */
  readonly name: string
}

/** Where uevents come from: `agent` and `none` give none. */
export type UeventSource = 'udevadm' | 'busybox' | 'mount' | 'agent' | 'none'

/** How changes of a machine come to be known. */
export const HEARD_BY: Readonly<Record<UeventSource, string>> = {
  udevadm: 'uevents by udevadm',
  busybox: 'uevents by busybox’s uevent',
  mount: 'uevents of the machine that is mounted',
  agent: 'QEMU’s agent tells no uevents: states are read at intervals',
  none: 'neither udevadm nor busybox’s uevent tells uevents: states are read at intervals',
}

/** Uevents of a machine as they come. */
export interface Uevents {
  readonly source: UeventSource
  readonly events: AsyncIterable<WatchedUevent> | undefined
}

/** What a uevent is about; undefined for one of neither memory nor a node. */
const named = (action: string, devpath: string): WatchedUevent | undefined => {
  const [, name] =
    /^\/devices\/system\/(?:memory|node)\/((?:memory|node)\d{1,9})$/.exec(devpath) ?? []
  return name === undefined ? undefined : { action, name }
}

/** Those of memory and of nodes. */
export async function* namedOnes(
  events: AsyncIterable<{ readonly action?: string; readonly devpath?: string }>,
): AsyncGenerator<WatchedUevent> {
  for await (const { action = '', devpath = '' } of events) {
    const uevent = named(action, devpath)
    if (uevent !== undefined) yield uevent
  }
}

/** `KERNEL[8.994190] offline /devices/system/memory/memory32 (memory)`. Source: udevadm(8) */
const MONITORED = /^KERNEL\[[\d.]+\] (\w+) +(\/\S+) /

/** Those of this host, as udevadm prints them; ends where it ends. */
async function* ofHost(signal: AbortSignal): AsyncGenerator<WatchedUevent> {
  const args = ['monitor', '--kernel', '--subsystem-match=memory', '--subsystem-match=node']
  const child = spawn('udevadm', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const stop = (): void => void child.kill()
  child.on('error', stop)
  signal.addEventListener('abort', stop)
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const [, action = '', devpath = ''] = MONITORED.exec(line) ?? []
      const uevent = named(action, devpath)
      if (uevent !== undefined) yield uevent
    }
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

/** Those of a machine that memhp has mounted; without a directory of the one whose files lie over this host's. */
async function* ofMount(
  directory: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<WatchedUevent> {
  const answers = askControl(findControl(directory), { watch: true }, signal)
  yield* namedOnes(answers as AsyncGenerator<{ action?: string; devpath?: string }>)
}

const hasUdevadm = (): boolean =>
  (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, 'udevadm')))

/** The uevents of a machine, where there are any to be had. @param sysroot undefined for this host */
export function ueventsOf(sysroot: string | undefined, signal: AbortSignal): Uevents {
  const isInExec = sysroot === undefined && process.env[CONTROL_VARIABLE] !== undefined
  if (isInExec) return { source: 'mount', events: ofMount(undefined, signal) }
  if (sysroot === undefined)
    return hasUdevadm()
      ? { source: 'udevadm', events: ofHost(signal) }
      : { source: 'none', events: undefined }
  return isServed(sysroot)
    ? { source: 'mount', events: ofMount(sysroot, signal) }
    : { source: 'none', events: undefined }
}
