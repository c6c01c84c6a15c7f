import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type MountedMachine, temporaryDirectory } from '@memhp/mount'
import type { Session } from '@memhp/trace'
import {
  type ControlAbout,
  type ControlAnswer,
  type ControlRequest,
  UEVENT_DELIVERIES,
} from '../control/protocol'
import { runText } from '../shell/execute'
import { createShell } from '../shell/state'

/** A socket through which the machine is changed while programs watch. */
export interface ControlServer {
  readonly path: string
  close(): void
}

/** A new name for a socket, in a directory that only this user may enter. */
export function newControlPath(): string {
  return join(temporaryDirectory('memhp-control-'), 'socket')
}

/** Runs one command line of the machine's shell, and lets programs see what changed. */
async function runCommand(
  session: Session,
  mounted: MountedMachine,
  text: string,
): Promise<ControlAnswer> {
  let out = ''
  let err = ''
  const shell = createShell(session)
  const status = await runText(shell, text, {
    stdin: '',
    out: (part) => {
      out += part
    },
    err: (part) => {
      err += part
    },
  })
  await mounted.refresh()
  return { out, err, status: shell.exit ?? status }
}

function readRequest(line: string): ControlRequest | undefined {
  try {
    const request: unknown = JSON.parse(line)
    if (typeof request !== 'object' || request === null) return undefined
    if ('run' in request && typeof request.run === 'string') return { run: request.run }
    if ('about' in request && request.about === true) return { about: true }
    if ('uevents' in request) {
      const uevents = UEVENT_DELIVERIES.find((each) => each === request.uevents)
      return uevents === undefined ? undefined : { uevents }
    }
    if ('pace' in request) {
      const { pace } = request
      return pace === null || (typeof pace === 'number' && pace > 0) ? { pace } : undefined
    }
    return 'watch' in request && request.watch === true ? { watch: true } : undefined
  } catch {
    return undefined
  }
}

async function answer(socket: Socket, session: Session, mounted: MountedMachine): Promise<void> {
  const tell = (value: unknown): void => void socket.write(`${JSON.stringify(value)}\n`)
  let unwatch: (() => void) | undefined
  socket.on('error', () => socket.destroy())
  socket.on('close', () => unwatch?.())
  for await (const line of createInterface({ input: socket })) {
    const request = readRequest(line)
    if (request === undefined) {
      tell({
        out: '',
        err: 'not a request: {"run": COMMAND}, {"watch": true} or {"uevents": "held"}\n',
        status: 2,
      })
    } else if ('about' in request) {
      tell({ arch: session.machine.arch.name } satisfies ControlAbout)
    } else if ('uevents' in request) {
      mounted.deliverUevents(request.uevents)
      tell({ out: '', err: '', status: 0 })
    } else if ('pace' in request) {
      mounted.paceMigration(request.pace)
      tell({ out: '', err: '', status: 0 })
    } else if ('run' in request) {
      tell(await runCommand(session, mounted, request.run))
    } else {
      unwatch ??= mounted.hearUevents(tell)
    }
  }
}

/** Answers a client until it goes, in whichever way: one that is interrupted resets its connection. */
async function answerUntilGone(
  socket: Socket,
  session: Session,
  mounted: MountedMachine,
): Promise<void> {
  try {
    await answer(socket, session, mounted)
  } catch (error) {
    if (!socket.destroyed) throw error
  }
}

/** Serves the socket until it is closed. @param path from `newControlPath` */
export async function serveControl(
  path: string,
  session: Session,
  mounted: MountedMachine,
): Promise<ControlServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    void answerUntilGone(socket, session, mounted)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return {
    path,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      rmSync(join(path, '..'), { recursive: true, force: true })
    },
  }
}
