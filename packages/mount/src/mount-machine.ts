import { rmdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Machine, MachineClock, settle, type Uevent } from '@memhp/core'
import {
  checkedShape,
  FLAG_SHAPE,
  mapShape,
  optionalShape,
  recordShape,
  type Shape,
  textShape,
} from '@memhp/core/plugin'
import { checkArgument, hasKeys, isFunction } from './check-argument'
import { FuseConnection } from './fuse/connection'
import { attachMount, detachMount, openFuse, owner } from './fuse/mount-point'
import { MountError } from './mount-error'
import { mountedDirectories } from './mounts'
import type { HearUevents } from './namespace/netlink'
import { type NamespaceProcess, type RunOptions, runInNamespace } from './namespace/run'
import { MigrationPace } from './pace'
import { temporaryDirectory } from './temporary-directory'
import { TreeServer } from './tree/tree-server'
import { type UeventDelivery, UeventRelay } from './uevents'

/** How a machine is mounted. @public */
export interface MountOptions {
  /** An empty directory; one in the system's directory for temporary files where absent, which goes with the mount. */
  readonly directory?: string
  /** Whether other users may enter. Default: only who mounted it. */
  readonly allowOther?: boolean
  /**
   * Whether deferred work (an ejection, a retry) is carried out before a write returns, as it is by default. Else whoever
   * holds the machine settles it.
   */
  readonly settle?: boolean
  /** The machine's time, where there is a clock already, as that of a session. Default: a new one. */
  readonly clock?: MachineClock
  /** Links to show at the root, beside `sys` and `proc`: names, and what they lead to. */
  readonly links?: Readonly<Record<string, string>>
  /** Hears of faults of memhp itself; the program that asked gets EIO. Default: a warning of the process. */
  readonly onError?: (error: unknown) => void
}

/** A machine that programs reach by paths. @public */
export interface MountedMachine extends AsyncDisposable {
  readonly machine: Machine
  /** Where `/sys` and `/proc` of the machine are. */
  readonly directory: string
  /** Fulfilled when it is unmounted, by whomever. */
  readonly ended: Promise<void>
  /**
   * To be called after the machine was changed by calls of the library (a plug, a restored snapshot), so that programs do not see
   * what is gone, and what waits for room goes on. What programs write themselves needs it not.
   */
  refresh(): Promise<void>
  /**
   * Runs a program in a private mount namespace in which the machine's files lie over those of the host.
   * @throws HotplugError BAD_ARGUMENT for what names no program, and for options that are not known or of another type; MountError
   * HOST_WOULD_SHOW where the machine was made without `memoryCounters` or `pageMonitor`: a program would read the host's
   * files of /proc in their place. `result` rejects with MOUNT_REFUSED where unshare(1) is missing.
   */
  run(command: string, args?: readonly string[], options?: RunOptions): NamespaceProcess
  /** The machine's time: it stands still until `pass` is called, after which `refresh` is due. */
  readonly clock: MachineClock
  /**
   * From now on pages in use move out of memory that a program takes offline at this pace, by `clock`: its write(2) goes on meanwhile, and a
   * signal ends it. Null, as at first: at once.
   * @throws HotplugError BAD_ARGUMENT for another number
   */
  paceMigration(pagesPerSecond: number | null): void
  /** Calls a listener with each uevent that is delivered, until the returned function is called. */
  hearUevents(listener: (uevent: Uevent) => void): () => void
  /**
   * How listeners, those by netlink too, hear of uevents from now on: `prompt` as at first, `held` until this is called again, or `lost`.
   * What was held is delivered by `prompt`.
   */
  deliverUevents(delivery: UeventDelivery): void
  /** Takes the mount away, also where programs use it: they get errors from then on. */
  unmount(): Promise<void>
}

const machineShape = (): Shape<Machine> =>
  checkedShape('a machine that createMachine made', hasKeys('tree', 'geometry', 'state'))

const optionsShape = (): Shape<MountOptions> =>
  recordShape<MountOptions>({
    directory: optionalShape(textShape({ least: 1, words: 'a path' })),
    allowOther: optionalShape(FLAG_SHAPE),
    settle: optionalShape(FLAG_SHAPE),
    clock: optionalShape(checkedShape('a MachineClock', hasKeys('now', 'pass'))),
    links: optionalShape(mapShape(textShape())),
    onError: optionalShape(checkedShape('a function', isFunction)),
  })

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}

/**
 * Mounts a machine: its `/sys` and `/proc` as a filesystem. A write is carried out by the machine, and its errno goes to the
 * program that wrote. This process serves it, and must not use files of the mount with synchronous calls.
 * @throws MountError NO_FUSE, MOUNT_REFUSED; HotplugError BAD_ARGUMENT for what is not a machine, and for options that are not known or of
 *   another type
 * @public
 */
export async function mountMachine(
  machine: Machine,
  options: MountOptions = {},
): Promise<MountedMachine> {
  checkArgument('machine', machineShape(), machine)
  checkArgument('options', optionsShape(), options)
  const { allowOther = false, settle: settles = true, links = {}, onError = warn } = options
  const { clock = new MachineClock(machine) } = options
  let temporary: string | undefined
  try {
    temporary = options.directory === undefined ? temporaryDirectory('memhp-') : undefined
    const directory = options.directory ?? temporary ?? ''
    checkUnmounted(directory)
    const time = await timeOf(directory)
    const fd = openFuse()
    await attachMount(fd, directory, { allowOther })
    return serve(machine, { fd, directory, time, temporary, settles, links, onError, clock })
  } catch (error) {
    if (temporary !== undefined) rmdirSync(temporary)
    throw error
  }
}

/** A mount in another would be served by who waits for it. @throws MountError MOUNT_REFUSED */
function checkUnmounted(directory: string): void {
  const path = resolve(directory)
  const mount = mountedDirectories().find((each) => path === each || path.startsWith(`${each}/`))
  if (mount === undefined) return
  const message = `${directory} cannot be mounted on: a machine is mounted at ${mount}`
  throw new MountError('MOUNT_REFUSED', message, 'name an empty directory elsewhere')
}

/** Seconds since 1970, as a directory has them. This process may be the one that answers: it does not wait. */
async function timeOf(directory: string): Promise<number> {
  try {
    return Math.floor((await stat(directory)).mtimeMs / 1000)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const message = `${directory} cannot be mounted on: ${code}`
    throw new MountError('MOUNT_REFUSED', message, 'name an empty directory', cause)
  }
}

interface Served {
  readonly fd: number
  readonly directory: string
  readonly time: number
  /** The directory, where it goes with the mount. */
  readonly temporary: string | undefined
  readonly settles: boolean
  readonly links: Readonly<Record<string, string>>
  readonly onError: (error: unknown) => void
  readonly clock: MachineClock
}

function serve(machine: Machine, served: Served): MountedMachine {
  const { fd, directory, time, temporary, settles, links, onError, clock } = served
  const pace = new MigrationPace(machine)
  const server = new TreeServer(machine.tree, {
    ...owner(),
    pageBytes: machine.geometry.pageBytes,
    time,
    links,
    now: () => clock.now,
    duration: (path, text) => pace.durationOf(path, text),
    written: () => {
      if (settles) settle(machine)
    },
    failed: onError,
  })
  const unwatch = machine.tree.watch?.(({ action, path }) => {
    if (action === 'remove') server.deviceRemoved(path)
  })
  const connection = new FuseConnection(fd, server.handler)
  server.attach(connection)
  let isMounted = true
  // A process does not end while a thread reads the connection: it is taken away first.
  const detach = (): void => {
    server.end()
    if (isMounted) detachMount(directory)
    isMounted = false
  }
  process.once('exit', detach)
  const ended = connection.ended.then(() => {
    isMounted = false
    process.removeListener('exit', detach)
    unwatch?.()
    uevents.end()
    if (temporary !== undefined) rmdirSync(temporary)
  })
  const uevents = new UeventRelay(machine)
  const hear: HearUevents = (listener) => uevents.hear(listener)
  const unmount = async (): Promise<void> => {
    detach()
    await ended
  }
  return {
    machine,
    directory,
    ended,
    refresh: () => server.refresh(),
    run: (command, args = [], options = {}) =>
      runInNamespace({ directory, tree: machine.tree, hear }, { command, args, options }),
    clock,
    paceMigration: (pagesPerSecond) => pace.set(pagesPerSecond),
    hearUevents: hear,
    deliverUevents: (delivery) => uevents.deliver(delivery),
    unmount,
    [Symbol.asyncDispose]: unmount,
  }
}
