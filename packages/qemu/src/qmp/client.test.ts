import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { connected, event, FakeMonitor, rejection, settled } from '../../tests/fake-monitor'
import {
  type MemoryDeviceInfo,
  type QmpAnomaly,
  QmpClient,
  QmpConnectionError,
  QmpError,
  type QmpEvent,
  QmpTimeoutError,
} from '../index'

describe('the handshake', () => {
  test('takes the greeting and agrees on no capabilities unless asked', async () => {
    const monitor = new FakeMonitor()
    const sent: unknown[] = []
    monitor.onCommand = (command) => sent.push(command)
    const client = await monitor.connect()
    expect(client.greeting.version.qemu).toEqual({ major: 7, minor: 2, micro: 22 })
    expect(sent).toEqual([{ execute: 'qmp_capabilities', id: 1 }])
  })

  test('asks for oob where it is wanted and offered', async () => {
    const monitor = new FakeMonitor()
    const sent: unknown[] = []
    monitor.onCommand = (command) => sent.push(command.arguments)
    await monitor.connect({ outOfBand: true })
    expect(sent).toEqual([{ enable: ['oob'] }])
  })

  test('says that another client may hold the monitor when no greeting comes', async () => {
    const { stream } = new FakeMonitor()
    const error = await rejection(QmpClient.connect({ stream }, { handshakeTimeoutMs: 20 }))
    expect(error).toMatchObject({ reason: 'handshake' })
    expect(String(error)).toContain('another may hold it')
    expect(stream.destroyed).toBe(true)
  })

  test('fails where the peer closes instead of greeting', async () => {
    const monitor = new FakeMonitor()
    monitor.hangUp()
    expect(await rejection(QmpClient.connect({ stream: monitor.stream }))).toMatchObject({
      reason: 'lost',
    })
  })

  test('fails where the capabilities are refused', async () => {
    const monitor = new FakeMonitor()
    const { stream } = monitor
    monitor.reply = (id) => monitor.refuse(id, 'no such capability')
    expect(await rejection(monitor.connect({ outOfBand: true }))).toMatchObject({
      reason: 'handshake',
    })
    expect(stream.destroyed).toBe(true)
  })

  test('is stopped by its signal, with the signal’s reason', async () => {
    const { stream } = new FakeMonitor()
    const stop = new AbortController()
    const connecting = QmpClient.connect({ stream }, { signal: stop.signal })
    stop.abort(new Error('enough'))
    expect(await rejection(connecting)).toMatchObject({ message: 'enough' })
  })

  test('a socket that is not there is refused in words', async () => {
    const error = await rejection(QmpClient.connect({ path: '/nowhere/qmp' }))
    expect(error).toBeInstanceOf(QmpConnectionError)
    expect(error).toMatchObject({
      reason: 'refused',
      message: '/nowhere/qmp: there is no such socket',
    })
  })
})

describe('a command', () => {
  test('gives what QEMU returns', async () => {
    const { monitor, client } = await connected()
    const asked = client.execute('query-memory-devices')
    monitor.reply(monitor.last().id, [])
    expectTypeOf(await asked).toEqualTypeOf<readonly MemoryDeviceInfo[]>()
    expect(await asked).toEqual([])
  })

  test('has the types of the command map, and anything for an unknown one', async () => {
    const { client } = await connected()
    expectTypeOf(client.execute<'qom-get'>)
      .parameter(1)
      .toExtend<{ path: string } | undefined>()
    // @ts-expect-error: device_del takes an id
    client.execute('device_del', { name: 'dimm1' }).catch(() => {})
    // @ts-expect-error: device_del takes arguments
    client.execute('device_del').catch(() => {})
    client.execute('x-not-known', { anything: [1] }).catch(() => {})
    await client.close()
  })

  test('is refused with QEMU’s class and sentence', async () => {
    const { monitor, client } = await connected()
    const asked = client.execute('device_del', { id: 'dimm9' })
    monitor.send({
      id: monitor.last().id,
      error: { class: 'DeviceNotFound', desc: "Device 'dimm9' not found" },
    })
    const error = await rejection(asked)
    expect(error).toBeInstanceOf(QmpError)
    expect(error).toMatchObject({
      class: 'DeviceNotFound',
      desc: "Device 'dimm9' not found",
      command: 'device_del',
      message: "device_del: Device 'dimm9' not found",
    })
  })

  test('finds its reply by id, in whatever order replies and events come', async () => {
    const { monitor, client } = await connected()
    const seen: string[] = []
    client.onEvent(({ event: name }) => seen.push(name))
    const asked = ['a', 'b', 'c'].map((name) => client.execute(name))
    const [a, b, c] = monitor.received.map(({ id }) => id)
    monitor.reply(c ?? 0, 'C')
    monitor.send(event('STOP'))
    monitor.reply(a ?? 0, 'A')
    monitor.send(event('RESUME'))
    monitor.reply(b ?? 0, 'B')
    expect(await Promise.all(asked)).toEqual(['A', 'B', 'C'])
    expect(seen).toEqual(['STOP', 'RESUME'])
  })

  test('gives up after its time, and its late reply is dropped without a word', async () => {
    const anomalies: QmpAnomaly[] = []
    const { monitor, client } = await connected({ onAnomaly: (anomaly) => anomalies.push(anomaly) })
    const error = await rejection(client.execute('query-status', undefined, { timeoutMs: 10 }))
    expect(error).toBeInstanceOf(QmpTimeoutError)
    expect(error).toMatchObject({ awaited: 'query-status', timeoutMs: 10 })
    monitor.reply(monitor.last().id)
    const next = client.execute('query-version')
    monitor.reply(monitor.last().id, 'next')
    expect(await next).toBe('next')
    expect(anomalies).toEqual([])
  })

  test('is given up by its signal, and its late reply is dropped', async () => {
    const { monitor, client } = await connected()
    const stop = new AbortController()
    const asked = client.execute('query-status', undefined, { signal: stop.signal })
    stop.abort(new Error('enough'))
    expect(await rejection(asked)).toMatchObject({ message: 'enough' })
    monitor.refuse(monitor.last().id, 'late')
    await settled()
    expect(client.isOpen).toBe(true)
  })

  test('whose signal was aborted before is never sent', async () => {
    const { monitor, client } = await connected()
    const signal = AbortSignal.abort(new Error('enough'))
    expect(await rejection(client.execute('stop', undefined, { signal }))).toMatchObject({
      message: 'enough',
    })
    expect(monitor.received).toEqual([])
  })

  test('waits for its turn: no more than eight are without a reply', async () => {
    const { monitor, client } = await connected()
    const asked = Array.from({ length: 20 }, (_, index) => client.execute(`c${index}`))
    expect(monitor.received).toHaveLength(8)
    expect(client.inFlight).toHaveLength(8)
    const answered = (async () => {
      for (let index = 0; index < 20; index++) {
        await vi.waitUntil(() => monitor.received.length > index, { interval: 1 })
        monitor.reply(monitor.received[index]?.id ?? 0, index)
      }
    })()
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 20 }, (_, index) => index))
    await answered
  })

  test('waits while the peer takes no bytes', async () => {
    const { monitor, client } = await connected()
    const held: (() => void)[] = []
    monitor.onWrite = (done) => held.push(done)
    const long = { text: 'x'.repeat(400) }
    const asked = [client.execute('a', long), client.execute('b', long)]
    await settled()
    expect(monitor.received.map(({ execute }) => execute)).toEqual(['a'])
    monitor.onWrite = (done) => done()
    for (const done of held) done()
    await vi.waitUntil(() => monitor.received.length === 2, { interval: 1 })
    for (const { id } of monitor.received) monitor.reply(id)
    await Promise.all(asked)
  })

  test('out of band is sent at once, past those that wait', async () => {
    const { monitor, client } = await connected({ outOfBand: true, maxInFlight: 1 })
    const slow = client.execute('slow')
    const waiting = client.execute('waiting')
    const fast = client.execute('fast', undefined, { outOfBand: true })
    expect(monitor.received).toEqual([
      { execute: 'slow', id: 2 },
      { 'exec-oob': 'fast', id: 4 },
    ])
    monitor.reply(4)
    await fast
    monitor.reply(2)
    await slow
    monitor.reply(3)
    await waiting
  })
})

describe('an event', () => {
  test('reaches those who listen to its name until they stop', async () => {
    const { monitor, client } = await connected()
    const seen: QmpEvent<'DEVICE_DELETED'>[] = []
    const stop = client.on('DEVICE_DELETED', (deleted) => seen.push(deleted))
    monitor.send(event('DEVICE_DELETED', { device: 'dimm1', path: '/p' }))
    monitor.send(event('STOP'))
    await settled()
    stop()
    monitor.send(event('DEVICE_DELETED', { device: 'dimm2', path: '/p' }))
    await settled()
    expect(seen).toHaveLength(1)
    expectTypeOf(seen[0]?.data.device).toEqualTypeOf<string | undefined>()
    expect(seen[0]).toEqual({
      event: 'DEVICE_DELETED',
      data: { device: 'dimm1', path: '/p' },
      timestamp: { seconds: 1, microseconds: 2 },
    })
  })

  test('is waited for by name and predicate', async () => {
    const { monitor, client } = await connected()
    const done = client.waitForEvent(
      'ACPI_DEVICE_OST',
      ({ data }) => data.info.source === 3 && data.info.status === 0,
    )
    const info = { slot: '0', 'slot-type': 'DIMM', source: 3 }
    monitor.send(event('ACPI_DEVICE_OST', { info: { ...info, status: 132 } }))
    monitor.send(event('ACPI_DEVICE_OST', { info: { ...info, status: 0 } }))
    expect((await done).data.info.status).toBe(0)
  })

  test('that does not come ends the wait after its time, by signal, or with the connection', async () => {
    const { monitor, client } = await connected()
    const stop = new AbortController()
    const always = (): boolean => true
    const late = client.waitForEvent('STOP', always, { timeoutMs: 5 })
    const stopped = client.waitForEvent('STOP', always, { signal: stop.signal })
    const lost = client.waitForEvent('STOP')
    expect(await rejection(late)).toBeInstanceOf(QmpTimeoutError)
    stop.abort(new Error('enough'))
    expect(await rejection(stopped)).toMatchObject({ message: 'enough' })
    monitor.hangUp()
    expect(await rejection(lost)).toMatchObject({ reason: 'lost' })
    expect(await rejection(client.waitForEvent('STOP'))).toMatchObject({ reason: 'lost' })
  })

  test('is looped over, and the loop ends with the connection', async () => {
    const { monitor, client } = await connected()
    const events = client.events()
    for (const name of ['A', 'B', 'C']) monitor.send(event(name))
    const seen: string[] = []
    for await (const { event: name } of events) {
      seen.push(name)
      if (name === 'C') monitor.hangUp()
    }
    expect(seen).toEqual(['A', 'B', 'C'])
  })

  test('that are not taken out of a full queue ends the loop with an error, not the connection', async () => {
    const { monitor, client } = await connected()
    const events = client.events({ limit: 2 })
    for (const name of ['A', 'B', 'C']) monitor.send(event(name))
    await settled()
    expect((await events.next()).value).toMatchObject({ event: 'A' })
    expect((await events.next()).value).toMatchObject({ event: 'B' })
    expect(await rejection(events.next())).toBeInstanceOf(RangeError)
    expect(client.isOpen).toBe(true)
  })
})

describe('closing', () => {
  test('rejects what waits, says so, and may be done twice', async () => {
    const { client } = await connected()
    const asked = client.execute('query-status')
    const closing = client.close()
    expect(await rejection(asked)).toMatchObject({ reason: 'closed' })
    await closing
    await client.close()
    expect((await client.closed).reason).toBe('closed')
  })

  test('happens at the end of a block', async () => {
    const monitor = new FakeMonitor()
    {
      await using client = await monitor.connect()
      expect(client.isOpen).toBe(true)
    }
    expect(monitor.stream.destroyed).toBe(true)
  })
})
