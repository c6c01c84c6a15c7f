import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorText } from '../errors'
import { type Guarded, hasToken, type RequestHead, SECURITY_HEADERS, wrongOrigin } from './guard'
import type { LiveTarget } from './live-target'
import type { PageFile } from './page-files'
import { type WriteAnswer, Writes } from './writes'

/** What is served. */
export interface Served {
  readonly files: ReadonlyMap<string, PageFile>
  readonly target: LiveTarget
  readonly token: string
  /** 0: any that is free. */
  readonly port: number
}

/** A server that runs. */
export interface Dashboard {
  /** What to open: the token is behind the `#`, which no browser sends. */
  readonly address: string
  readonly port: number
  close(): Promise<void>
}

const MOST_BODY_BYTES = 4096
/** Changes within this time are told together. In milliseconds. */
const TOGETHER = 250

const headOf = ({ method, headers }: IncomingMessage): RequestHead => ({
  method,
  host: headers.host,
  origin: headers.origin,
  authorization: headers.authorization,
})

function send(response: ServerResponse, { status, body }: WriteAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

const tell = (response: ServerResponse, status: number, message: string): void =>
  send(response, { status, body: { message } })

/** The body of a request as JSON; undefined where it is none, or too long. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const piece of request) {
    text += String(piece)
    if (text.length > MOST_BODY_BYTES) return undefined
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Pages that listen to what changes. */
class Listeners {
  readonly #responses = new Set<ServerResponse>()
  #waiting: string[] = []
  #how = ''

  add(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(`: here\n\n${this.#how}`)
    this.#responses.add(response)
    response.on('close', () => this.#responses.delete(response))
  }

  changed(what: string): void {
    if (this.#waiting.push(what) > 1) return
    setTimeout(() => {
      const data = JSON.stringify(this.#waiting.slice(0, 64))
      this.#waiting = []
      for (const response of this.#responses) response.write(`event: changed\ndata: ${data}\n\n`)
    }, TOGETHER)
  }

  /** How changes are noticed from now on, for those who listen and those who will. */
  heard(how: string): void {
    this.#how = `event: heard\ndata: ${JSON.stringify(how)}\n\n`
    for (const response of this.#responses) response.write(this.#how)
  }

  end(): void {
    for (const response of this.#responses) response.end()
  }
}

/** Answers what the page asks of the target. */
async function answerLive(
  path: string,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  {
    target,
    writes,
    listeners,
  }: { readonly target: LiveTarget; readonly writes: Writes; readonly listeners: Listeners },
): Promise<void> {
  const { name, writable } = target
  switch (`${request.method} ${path}`) {
    case 'GET /live/target':
      send(response, {
        status: 200,
        body: { name, text: await target.text(), writable: writable !== null },
      })
      break
    case 'GET /live/events':
      listeners.add(response)
      break
    case 'POST /live/ask':
      send(response, writes.ask(await bodyOf(request)))
      break
    case 'POST /live/confirm': {
      const body = await bodyOf(request)
      const ticket =
        typeof body === 'object' && body !== null && 'ticket' in body ? body.ticket : undefined
      send(response, await writes.confirm(ticket))
      break
    }
    default:
      tell(response, 404, 'There is nothing here.')
  }
}

async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

/** Serves the page and its target on loopback. @throws what listening fails with: EADDRINUSE */
export async function serveDashboard({
  files,
  target,
  token,
  port: wanted,
}: Served): Promise<Dashboard> {
  const ends = new AbortController()
  const listeners = new Listeners()
  const writes = new Writes(target.writable)
  let guarded: Guarded = { port: wanted, token }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    const head = headOf(request)
    const wrong = wrongOrigin(head, guarded)
    if (wrong !== undefined) return tell(response, 403, wrong)
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname.startsWith('/live/')) {
      if (!hasToken(head, guarded)) return tell(response, 401, 'The token is missing, or another.')
      return answerLive(pathname, { request, response }, { target, writes, listeners })
    }
    const file = request.method === 'GET' ? files.get(pathname) : undefined
    if (file === undefined) return tell(response, 404, 'There is no such file.')
    response.writeHead(200, { 'content-type': file.type })
    response.end(await file.read())
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else tell(response, 500, errorText(error))
    })
  })
  const port = await listening(server, wanted)
  guarded = { port, token }
  void target.follow(ends.signal, listeners).catch((error: unknown) => {
    listeners.heard(`Changes are not noticed any more: ${errorText(error)}.`)
  })
  return {
    address: `http://127.0.0.1:${port}/#live=${token}`,
    port,
    close: () =>
      new Promise((resolve) => {
        ends.abort()
        listeners.end()
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
