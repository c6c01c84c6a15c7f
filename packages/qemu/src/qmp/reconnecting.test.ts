import { describe, expect, test, vi } from 'vitest'
import { event, FakeMonitor, GREETING } from '../../tests/fake-monitor'
import { type QmpConnectionChange, ReconnectingQmpClient, type ReconnectOptions } from '../index'

/** A client, the monitors that it was given one after another, and what it told. */
function start(options: ReconnectOptions = {}): {
  readonly client: ReconnectingQmpClient
  readonly monitors: FakeMonitor[]
  readonly changes: QmpConnectionChange[]
} {
  const monitors: FakeMonitor[] = []
  const changes: QmpConnectionChange[] = []
  const client = new ReconnectingQmpClient(
    () => {
      const monitor = new FakeMonitor()
      monitor.send(GREETING)
      monitors.push(monitor)
      return { stream: monitor.stream }
    },
    { firstDelayMs: 1, onChange: (change) => changes.push(change), ...options },
  )
  return { client, monitors, changes }
}

const until = (condition: () => boolean): Promise<unknown> =>
  vi.waitUntil(condition, { interval: 1 })

describe('a connection that comes back', () => {
  test('carries out commands that were asked for before there was one', async () => {
    const { client, monitors } = start()
    const asked = client.execute('query-status')
    await until(() => monitors[0]?.received.length === 1)
    monitors[0]?.reply(monitors[0].last().id, { running: true, status: 'running' })
    expect(await asked).toEqual({ running: true, status: 'running' })
    await client.close()
  })

  test('tells what was in flight at the loss, rejects that, and sends nothing twice', async () => {
    const { client, monitors, changes } = start()
    const asked = client.execute('device_del', { id: 'dimm1' })
    await until(() => monitors[0]?.received.length === 1)
    monitors[0]?.hangUp()
    await expect(asked).rejects.toMatchObject({ reason: 'lost', command: 'device_del' })
    await until(() => changes.length === 3)
    expect(changes).toMatchObject([
      { kind: 'connected', attempts: 1 },
      { kind: 'lost', inFlight: [{ command: 'device_del', args: { id: 'dimm1' } }] },
      { kind: 'connected', attempts: 1 },
    ])
    expect(monitors[1]?.received).toEqual([])
    await client.close()
  })

  test('keeps its listeners', async () => {
    const { client, monitors, changes } = start()
    const seen: string[] = []
    client.on('STOP', ({ event: name }) => seen.push(name))
    const waited = client.waitForEvent('RESUME')
    await until(() => changes.length === 1)
    monitors[0]?.send(event('STOP'))
    await until(() => seen.length === 1)
    monitors[0]?.hangUp()
    await until(() => changes.length === 3)
    monitors[1]?.send(event('STOP'))
    monitors[1]?.send(event('RESUME'))
    await waited
    expect(seen).toEqual(['STOP', 'STOP'])
    await client.close()
  })

  test('a command does not wait longer for it than it may take', async () => {
    const client = new ReconnectingQmpClient({ path: '/nowhere/qmp' })
    await expect(
      client.execute('query-status', undefined, { timeoutMs: 10 }),
    ).rejects.toMatchObject({ awaited: 'query-status', timeoutMs: 10 })
    await client.close()
    await expect(client.execute('stop')).rejects.toMatchObject({ reason: 'closed' })
  })

  test('gives up after the given number of attempts, and says why', async () => {
    const changes: QmpConnectionChange[] = []
    const client = new ReconnectingQmpClient(
      { path: '/nowhere/qmp' },
      { firstDelayMs: 1, mostAttempts: 3, onChange: (change) => changes.push(change) },
    )
    await expect(client.execute('query-status')).rejects.toMatchObject({ reason: 'refused' })
    await expect(client.waitForEvent('STOP')).rejects.toMatchObject({ reason: 'refused' })
    expect(changes.map(({ kind }) => kind)).toEqual(['gave up'])
    await client.close()
  })

  test('waits twice as long each time where the peer greets and hangs up at once', async () => {
    const { client, monitors, changes } = start({ firstDelayMs: 16 })
    const begin = performance.now()
    for (let losses = 0; losses < 5; losses++) {
      await until(() => changes.length === 2 * losses + 1)
      monitors[losses]?.hangUp()
    }
    await until(() => monitors.length === 6)
    // A timer may be a millisecond early.
    expect(performance.now() - begin).toBeGreaterThan(16 + 32 + 64 + 128 + 256 - 5)
    await client.close()
  })

  test('gives up where no connection holds', async () => {
    const { client, monitors, changes } = start({ mostAttempts: 3 })
    for (let losses = 0; losses < 3; losses++) {
      await until(() => changes.length === 2 * losses + 1)
      monitors[losses]?.hangUp()
    }
    await expect(client.waitForEvent('STOP')).rejects.toMatchObject({ reason: 'refused' })
    expect(changes.at(-1)).toMatchObject({ kind: 'gave up' })
    expect(monitors).toHaveLength(3)
    await client.close()
  })

  test('closing ends it between two attempts as well', async () => {
    const client = new ReconnectingQmpClient({ path: '/nowhere/qmp' }, { firstDelayMs: 60_000 })
    const asked = client.execute('query-status')
    await Promise.all([client.close(), expect(asked).rejects.toMatchObject({ reason: 'closed' })])
  })
})
