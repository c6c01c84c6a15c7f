import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createContext } from '../src/context'
import { addressOf, tellAddress, tellProgram } from '../src/output/notify'
import { Notifier } from '../src/watch/notifier'
import { canMount } from './can-mount'
import { twinOf, useMountedMachine } from './mounted-machine'
import { runCli } from './run-cli'
import { temporaryFolder } from './sysroot'

vi.setConfig({ testTimeout: 120_000 })

const never = new AbortController().signal
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A server that answers with a status. @returns its address, and what it was told */
async function listener(
  status: number,
): Promise<{ readonly url: string; readonly told: unknown[] }> {
  const told: unknown[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      told.push(JSON.parse(body))
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end()
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}/memory`, told }
}

describe('who is told', () => {
  it('has the message on standard input, and its exit code told', async () => {
    const file = join(await temporaryFolder(), 'said')
    expect(await tellProgram(`cat > ${file}`, { a: 1 }, never)).toBeUndefined()
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ a: 1 })
    expect(await tellProgram('exit 3', {}, never)).toBe('exit code 3')
    expect(await tellProgram('kill -9 $$', {}, never)).toBe('ended by SIGKILL')
    const long = { text: 'x'.repeat(2 ** 20) }
    expect(await tellProgram('true', long, never)).toBeUndefined()
    const stop = new AbortController()
    const told = tellProgram('sleep 60', {}, stop.signal)
    stop.abort()
    expect(await told).toBe('ended by SIGTERM')
  })

  it('is left where it has ended when it is to be stopped', async () => {
    const stop = new AbortController()
    const onStart = (message: unknown): void => {
      const { process: child } = message as { readonly process: ChildProcess }
      // Behind all who hear that it has ended, and before its pipe is closed.
      child.once('exit', () => process.nextTick(() => stop.abort()))
    }
    subscribe('child_process', onStart)
    try {
      expect(await tellProgram('exit 3', {}, stop.signal)).toBe('exit code 3')
    } finally {
      unsubscribe('child_process', onStart)
    }
    expect(stop.signal.aborted).toBe(true)
  })

  it('has it by POST, and another answer than success told', async () => {
    const good = await listener(204)
    expect(await tellAddress(addressOf(good.url), { a: 1 }, never)).toBeUndefined()
    expect(good.told).toEqual([{ a: 1 }])
    const bad = await listener(503)
    expect(await tellAddress(addressOf(bad.url), {}, never)).toBe('status 503')
    const moved = await listener(302)
    expect(await tellAddress(addressOf(moved.url), {}, never)).toMatch(/redirect/)
    expect(await tellAddress(new URL('http://127.0.0.1:1/'), {}, never)).toMatch(
      /ECONNREFUSED|bad port/,
    )
  })

  it.each(['x', 'ftp://a/b', 'file:///etc/passwd', ''])('is not at %j', (text) => {
    expect(() => addressOf(text)).toThrow(/http or https/)
  })

  it('has what changes meanwhile in the next message', async () => {
    const { url, told } = await listener(200)
    const warned: string[] = []
    const sink = { write: (text: string, done?: () => void) => [warned.push(text), done?.()] }
    const interrupt = { signal: () => never }
    const context = createContext({}, { stdout: sink, stderr: sink, environment: {}, interrupt })
    const notifier = new Notifier({ post: url, exec: 'exit 5' }, context)
    const change = (block: number) =>
      ({
        kind: 'change',
        uevent: 'seen',
        what: 'block',
        block,
        from: 'online',
        to: 'offline',
      }) as const
    notifier.add(change(1))
    notifier.add(change(2))
    await vi.waitFor(() => expect(told).toHaveLength(1))
    notifier.add(change(3))
    await notifier.end(false)
    expect(told).toMatchObject([
      { changes: [{ block: 1 }, { block: 2 }], dropped: 0 },
      { changes: [{ block: 3 }] },
    ])
    expect(warned.join('')).toContain('--exec: exit code 5')
  })
})

describe('memhp watch --exec', () => {
  it('refuses an address that is none, and does not begin', async () => {
    expect(await runCli(['watch', '--post', 'nowhere'])).toMatchObject({ code: 2, stdout: '' })
  })
})

describe.skipIf(!canMount())('memhp apply --before', () => {
  const machine = useMountedMachine(twinOf('x86_64-dimms-zones'))
  const memhp = (...args: readonly string[]) =>
    runCli([...args, '--sysroot', machine.directory, '--yes'], { environment: machine.environment })

  it('tells before and after, and undoes nothing that is refused before', async () => {
    const file = await machine.plan('memory36')
    const before = machine.states()
    const refused = await memhp('apply', file, '--before', 'exit 7')
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--before: exit code 7. Nothing was changed'),
    })
    const busy = await listener(409)
    expect(await memhp('apply', file, '--post', busy.url)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('status 409. Nothing was changed'),
    })
    expect(machine.states()).toBe(before)
    const { url, told } = await listener(200)
    const said = join(machine.folder, 'said')
    const done = await memhp(
      'apply',
      file,
      '--before',
      `cat >> ${said}`,
      '--after',
      `cat >> ${said}`,
      '--post',
      url,
    )
    expect(done).toMatchObject({ code: 0 })
    const lines = readFileSync(said, 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(told)
    expect(told).toMatchObject([
      { version: 1, when: 'before', plan: { steps: [{ block: 36 }] } },
      { when: 'after', outcome: 'done', journal: expect.stringContaining('journals') },
    ])
    expect(await memhp('undo')).toMatchObject({ code: 0 })
  })

  it('is refused once the machine has moved on before it could begin', async () => {
    const file = await machine.plan('memory36')
    const state = join(machine.directory, 'sys/devices/system/memory/memory37/state')
    const run = await memhp('apply', file, '--before', `printf offline > ${state}`)
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('has moved on') })
    writeFileSync(state, 'online_movable')
  })

  it('goes with a machine, and not with a model or what is gone on with', async () => {
    const file = await machine.plan('memory36')
    const model = await runCli(['apply', file, '--capture', 'x', '--before', 'true'])
    expect(model).toMatchObject({ code: 2, stderr: expect.stringContaining('changes a machine') })
    expect(await memhp('apply', '--resume', '--post', 'http://x/')).toMatchObject({ code: 2 })
  })
})
