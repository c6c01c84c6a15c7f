import { readlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { mountedDirectories } from '@memhp/mount'
import { CliError } from '../errors'
import { someOf } from '../text/some-of'
import { CONTROL_LINK, CONTROL_VARIABLE, type ControlAbout, type ControlRequest } from './protocol'

type Problem = (directory: string) => { readonly message: string; readonly remedy: string }

const NOT_MOUNTED: Problem = (directory) => ({
  message: `no machine of memhp is mounted at ${directory}`,
  remedy: `memhp mount MACHINE ${directory}`,
})

/** Why the link to the socket cannot be read, by errno. */
const NO_SOCKET: Readonly<Record<string, Problem>> = {
  EACCES: (directory) => ({
    message: `${directory} may not be entered by this user`,
    remedy: 'run as the user who mounted it, or mount it with --allow-other',
  }),
  ENOTCONN: (directory) => ({
    message: `the memhp that served ${directory} has ended`,
    remedy: `memhp unmount ${directory}, then memhp mount MACHINE ${directory}`,
  }),
}

/** The socket of a mount. @throws CliError where nothing is mounted there */
function socketAt(directory: string): string {
  try {
    return readlinkSync(join(resolve(directory), CONTROL_LINK))
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const { message, remedy } = (NO_SOCKET[code] ?? NOT_MOUNTED)(directory)
    throw new CliError(message, { remedy })
  }
}

/** Whether a memhp answers there: one that was killed leaves its mount. */
export function isServed(directory: string): boolean {
  try {
    readlinkSync(join(directory, CONTROL_LINK))
    return true
  } catch {
    return false
  }
}

/**
 * The socket of the machine that is meant: of the mount that is named, of the program that `memhp exec` runs, or of the only
 * mount.
 * @throws CliError where there is none, or more than one
 */
export function findControl(directory: string | undefined): string {
  if (directory !== undefined) return socketAt(directory)
  const given = process.env[CONTROL_VARIABLE]
  if (given !== undefined) return given
  const mounted = mountedDirectories()
  const served = mounted.filter(isServed)
  const [only, ...others] = served.length > 0 ? served : mounted
  if (only !== undefined && others.length === 0) return socketAt(only)
  throw new CliError(
    only === undefined ? 'no machine is mounted' : 'more than one machine is mounted',
    {
      remedy:
        only === undefined
          ? 'memhp mount MACHINE DIR'
          : someOf([only, ...others].map((each) => `--mount ${each}`)),
    },
  )
}

const connected = (path: string): Promise<Socket> =>
  new Promise((done, fail) => {
    const socket = connect(path)
    socket.once('connect', () => done(socket))
    socket.once('error', () =>
      fail(
        new CliError(`nothing answers at ${path}: its memhp has ended`, {
          remedy: 'memhp unmount DIR, then memhp mount MACHINE DIR',
        }),
      ),
    )
  })

/** What `uname -m` prints on a machine that memhp serves in a folder; undefined for other folders. */
export async function archOfMount(
  directory: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!isServed(directory)) return undefined
  for await (const answer of askControl(socketAt(directory), { about: true }, signal))
    return (answer as Partial<ControlAbout>).arch
  return undefined
}

/** Asks, and gives each line of the answer until the socket, or whoever reads, ends it. */
export async function* askControl(
  path: string,
  request: ControlRequest,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  const socket = await connected(path)
  const lines = createInterface({ input: socket })
  // A socket that is destroyed has no end that would end the lines.
  const stop = (): void => {
    lines.close()
    socket.destroy()
  }
  signal.addEventListener('abort', stop)
  socket.on('error', stop)
  try {
    if (signal.aborted) return
    socket.write(`${JSON.stringify(request)}\n`)
    for await (const line of lines) yield JSON.parse(line)
  } finally {
    signal.removeEventListener('abort', stop)
    socket.destroy()
  }
}
