// A machine that a server on loopback shows: read with a token, followed by its events, written to only after a question.
import { errorText } from '../error-text'
import type { GoalWish, MachineView } from '../protocol/machine-view'
import type { App, LiveServer } from './app'

const KEY = 'memhp-live'

interface Target {
  readonly name: string
  readonly text: string
  readonly writable: boolean
}

/** Takes the token out of the address, where it would be copied with a link. A reload finds it again; another tab does not. */
export function takeToken(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get('live')
  if (given !== null) {
    sessionStorage.setItem(KEY, given)
    history.replaceState(null, '', location.pathname)
  }
  return location.hash === '' ? sessionStorage.getItem(KEY) : null
}

/** Asks the server. @throws Error with what it says */
async function call(token: string, path: string, body?: unknown): Promise<Response> {
  const response = await fetch(`live/${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
  if (response.ok) return response
  const { message } = (await response.json()) as { readonly message: string }
  throw new Error(message)
}

/** What one would want gone first: a device, else the last node, else a gibibyte. */
function firstGoal({ outlook, nodes }: MachineView): GoalWish {
  const devices = outlook?.devices ?? []
  const device = devices.find(({ verdict }) => verdict === 'goes') ?? devices[0]
  if (device !== undefined) return { kind: 'device', device: device.name }
  const node = nodes.filter(({ blocks }) => blocks > 0).at(-1)
  if (node !== undefined && nodes.length > 1) return { kind: 'node', node: node.id }
  return { kind: 'size', sizeBytes: 2 ** 30 }
}

/** Reads the machine as it is now, and plans what was planned before, or what comes to mind first. */
async function readLive(app: App, token: string): Promise<void> {
  const before = app.goal.value
  const again = app.live.value !== null
  const target = (await (await call(token, 'target')).json()) as Target
  app.live.value = serverOf(target, token)
  app.news.value = []
  const isOpen = await app.open({ kind: 'file', name: target.name, text: target.text }, { again })
  const machine = app.machine.value
  if (isOpen && machine !== null && app.timeline.value === null)
    await app.wish(before ?? firstGoal(machine))
}

const serverOf = ({ name, writable }: Target, token: string): LiveServer => ({
  name,
  writable,
  ask: async (path, text) => {
    const asked = (await (await call(token, 'ask', { path, text })).json()) as {
      readonly ticket: string
      readonly question: string
    }
    const { ticket, question } = asked
    return { question, confirm: async () => void (await call(token, 'confirm', { ticket })) }
  },
})

/** What the server tells: what has changed, or how that is noticed. */
type Told =
  | { readonly event: 'changed'; readonly data: readonly string[] }
  | { readonly event: 'heard'; readonly data: string }

/** Events of a stream. */
async function* toldOn(stream: ReadableStream<Uint8Array>): AsyncIterable<Told> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let [rest, event] = ['', '']
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    rest += decoder.decode(value, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [, name = '', text = ''] = /^(event|data): (.*)$/.exec(line) ?? []
      if (name === 'event') event = text
      if (name === 'data') yield { event, data: JSON.parse(text) } as Told
    }
  }
}

/** Follows what changes, as long as the server runs. A machine that nothing was done to is read again by itself. */
async function follow(app: App, token: string, { body }: Response): Promise<void> {
  if (body === null) return
  for await (const told of toldOn(body)) {
    if (told.event === 'heard') {
      app.heard.value = told.data
      continue
    }
    app.news.value = [...app.news.value, ...told.data].slice(-200)
    if (app.timeline.value === null && app.busy.value === null) await readLive(app, token)
  }
}

/** Reads the machine again, as a person asked for it. */
export async function refreshLive(app: App): Promise<void> {
  const token = sessionStorage.getItem(KEY)
  if (token !== null)
    await readLive(app, token).catch((error: unknown) => {
      app.error.value = errorText(error)
    })
}

/** Shows the machine of a server, and what becomes of it. What fails is told on the page. */
export async function openLive(app: App, token: string): Promise<void> {
  try {
    // Listened to before it is read: what changes in between is told.
    const events = await call(token, 'events')
    await readLive(app, token)
    await follow(app, token, events)
    app.error.value = 'memhp dashboard has ended: what is shown is the last that it told.'
  } catch (error) {
    const why = errorText(error)
    app.error.value = `${why} Start memhp dashboard anew, and open the address that it prints.`
  }
}
