import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { placeOf, type Teller } from '../src/dashboard/live-target'
import { type Dashboard, serveDashboard } from '../src/dashboard/server'
import { Writes } from '../src/dashboard/writes'
import { runCli } from './run-cli'
import { writeSysroot } from './sysroot'

const STATE = '/sys/devices/system/memory/memory32/state'
const PAGE = { type: 'text/html', read: async () => Buffer.from('the page') }
const TOKEN = 'the-token'

/** A server of a target that is told of what changes by `changed`. */
async function served(): Promise<Dashboard & Teller> {
  let teller: Teller = { changed: () => {}, heard: () => {} }
  const dashboard = await serveDashboard({
    files: new Map([['/', PAGE]]),
    target: {
      name: 'a host',
      text: async () => 'its text',
      follow: async (_signal, given) => {
        teller = given
      },
      writable: null,
    },
    token: TOKEN,
    port: 0,
  })
  onTestFinished(() => dashboard.close())
  const { changed, heard } = teller
  return { ...dashboard, changed: changed.bind(teller), heard: heard.bind(teller) }
}

const ask = (
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, { headers, method })

const WITH_TOKEN = { authorization: `Bearer ${TOKEN}` }

/** Listens as the page does. @returns what reads the next that is told */
async function listening(port: number): Promise<() => Promise<string>> {
  const response = await ask(port, '/live/events', WITH_TOKEN)
  const reader = response.body?.getReader()
  return async () => new TextDecoder().decode((await reader?.read())?.value)
}

describe('the server of the dashboard', () => {
  test('gives the page to whoever asks, with what keeps others out of it', async () => {
    const { port } = await served()
    const response = await ask(port, '/')
    expect(await response.text()).toBe('the page')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('tells of the machine only with the token', async () => {
    const { port, address } = await served()
    expect(address).toBe(`http://127.0.0.1:${port}/#live=${TOKEN}`)
    expect((await ask(port, '/live/target')).status).toBe(401)
    expect((await ask(port, `/live/target?token=${TOKEN}`)).status).toBe(401)
    const response = await ask(port, '/live/target', WITH_TOKEN)
    expect(await response.json()).toEqual({ name: 'a host', text: 'its text', writable: false })
  })

  test('refuses pages of other sites, even with the token', async () => {
    const { port } = await served()
    const response = await ask(port, '/live/target', {
      ...WITH_TOKEN,
      origin: 'http://evil.example',
    })
    expect(response.status).toBe(403)
  })

  test.each(['/../package.json', '/%2e%2e/package.json', '/index.html/..', '/nothing'])(
    'has no file %s',
    async (path) => {
      const { port } = await served()
      expect((await ask(port, path)).status).not.toBe(500)
      expect(await (await ask(port, '/nothing')).json()).toEqual({
        message: 'There is no such file.',
      })
    },
  )

  test('pushes what changes, changes of one moment together', async () => {
    const { port, changed } = await served()
    const text = await listening(port)
    expect(await text()).toBe(': here\n\n')
    changed('add memory32')
    changed('add memory33')
    expect(await text()).toBe('event: changed\ndata: ["add memory32","add memory33"]\n\n')
  })

  test('tells how changes are noticed, to whoever comes later too', async () => {
    const { port, heard } = await served()
    heard('by uevents')
    const text = await listening(port)
    expect(await text()).toBe(': here\n\nevent: heard\ndata: "by uevents"\n\n')
    heard('by reading')
    expect(await text()).toBe('event: heard\ndata: "by reading"\n\n')
  })

  test('writes nothing where it may not', async () => {
    const { port } = await served()
    const response = await fetch(`http://127.0.0.1:${port}/live/ask`, {
      method: 'POST',
      headers: WITH_TOKEN,
      body: JSON.stringify({ path: STATE, text: 'offline' }),
    })
    expect(response.status).toBe(403)
  })
})

describe('a write by the page', () => {
  test('is asked for, and done once, when the question was answered', async () => {
    const sysroot = await writeSysroot({ [STATE]: 'online\n' })
    const writes = new Writes(placeOf(sysroot))
    const { body } = writes.ask({ path: STATE, text: 'offline' })
    expect(body.question).toBe(`Write “offline” to ${sysroot}${STATE}?`)
    expect(await readFile(join(sysroot, STATE), 'utf8')).toBe('online\n')
    expect((await writes.confirm(body.ticket)).status).toBe(200)
    expect(await readFile(join(sysroot, STATE), 'utf8')).toBe('offline')
    expect((await writes.confirm(body.ticket)).status).toBe(409)
  })

  test('is not done when the question has become old', async () => {
    const sysroot = await writeSysroot({ [STATE]: 'online\n' })
    let now = 0
    const writes = new Writes(placeOf(sysroot), () => now)
    const { body } = writes.ask({ path: STATE, text: 'offline' })
    now = 60_001
    expect((await writes.confirm(body.ticket)).status).toBe(409)
    expect(await readFile(join(sysroot, STATE), 'utf8')).toBe('online\n')
  })

  test.each([
    [{ path: '/sys/devices/system/memory/probe', text: 'offline' }, 403],
    [{ path: `${STATE}/../../auto_online_blocks`, text: 'offline' }, 403],
    [{ path: STATE, text: 'onlin' }, 400],
    [{ path: STATE }, 400],
    [null, 400],
  ])('%j is refused', async (wanted, status) => {
    const sysroot = await writeSysroot({ [STATE]: 'online\n' })
    expect(new Writes(placeOf(sysroot)).ask(wanted).status).toBe(status)
  })
})

describe('memhp dashboard', () => {
  test.each([
    [['dashboard', '--allow-write'], 'this host is only shown'],
    [['dashboard', 'captures/x86_64-one-node.json.gz', '--allow-write'], 'is only shown'],
    [['dashboard', '--port', '0'], 'expected a port, 1 to 65535'],
    [['dashboard', '--scenario', 'package.json'], 'package.json:1:1: no scenario'],
    [['dashboard', 'package.json', '--arch', 's390x'], '--arch is for a folder'],
  ])('%j says what is wrong', async (args, words) => {
    const { code, stderr } = await runCli(args)
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })
})
