import { describe, expect, test } from 'vitest'
import { connected, rejection } from '../../tests/fake-monitor'
import type { QmpAnomaly } from '../index'

describe('a peer that misbehaves', () => {
  test.each([
    ['a line that is not JSON', 'hello\n'],
    ['JSON that is not an object', '[1]\n'],
    ['an error that is only text', '{"error": "no", "id": 2}\n'],
    ['a report of firmware without its numbers', '{"event": "ACPI_DEVICE_OST", "data": {}}\n'],
    ['an error without a description', '{"error": {"class": "GenericError"}}\n'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x0a])],
    ['a line that never ends', 'x'.repeat(5000)],
  ])('%s ends the connection and rejects what waits', async (_, garbage) => {
    const { monitor, client } = await connected({ maxLineBytes: 4096 })
    const asked = client.execute('query-status')
    monitor.send(garbage)
    expect(await rejection(asked)).toMatchObject({ reason: 'protocol', command: 'query-status' })
    expect((await client.closed).message).toContain('this is not QMP')
    expect(monitor.stream.destroyed).toBe(true)
  })

  test.each([
    ['an id that was never sent', { return: {}, id: 4711 }],
    ['an id in quotes', { return: {}, id: '2' }],
    ['no id', { error: { class: 'GenericError', desc: 'JSON parse error' } }],
  ])('a reply with %s ends the connection where a command waits for one', async (_, reply) => {
    const { monitor, client } = await connected()
    const asked = client.execute('query-status')
    monitor.send(reply)
    expect(await rejection(asked)).toMatchObject({ reason: 'protocol', command: 'query-status' })
    expect((await client.closed).message).toContain('a reply to no command that was sent')
  })

  test.each([
    ['null', null],
    ['an object', {}],
    ['a list of names', ['dimm1']],
    ['a DIMM without an address', [{ type: 'dimm', data: { size: 1, node: 0 } }]],
  ])('%s instead of the memory devices ends the command and the connection', async (_, value) => {
    const { monitor, client } = await connected()
    const asked = client.execute('query-memory-devices')
    monitor.reply(monitor.last().id, value)
    expect(await rejection(asked)).toMatchObject({
      reason: 'protocol',
      message: expect.stringContaining('query-memory-devices: this is not its result'),
    })
    expect(client.isOpen).toBe(false)
  })

  test('what came whole before the garbage still counts', async () => {
    const { monitor, client } = await connected()
    const asked = client.execute('query-status')
    monitor.send(`${JSON.stringify({ return: 1, id: monitor.last().id })}\nnonsense\n`)
    expect(await asked).toBe(1)
    expect((await client.closed).reason).toBe('protocol')
  })

  test('a reply to nothing, and a message of a kind unknown yet, are reported and do no harm', async () => {
    const anomalies: QmpAnomaly[] = []
    const { monitor, client } = await connected({ onAnomaly: (anomaly) => anomalies.push(anomaly) })
    monitor.reply(4711)
    monitor.send({ error: { class: 'GenericError', desc: 'whose?' } })
    monitor.send({ progress: 3 })
    const asked = client.execute('query-status')
    monitor.reply(monitor.last().id, 'fine')
    expect(await asked).toBe('fine')
    expect(anomalies.map(({ kind }) => kind)).toEqual([
      'reply to nothing',
      'reply to nothing',
      'unknown message',
    ])
  })

  test('a character that is cut in two arrives whole', async () => {
    const { monitor, client } = await connected()
    const asked = client.execute('query-status')
    const bytes = Buffer.from(`${JSON.stringify({ return: 'größe 😀', id: monitor.last().id })}\n`)
    for (const byte of bytes) monitor.send(Uint8Array.of(byte))
    expect(await asked).toBe('größe 😀')
  })

  test('that dies in mid-command rejects every command, sent or waiting, and names each', async () => {
    const { monitor, client } = await connected({ maxInFlight: 1 })
    const asked = [client.execute('device_del', { id: 'dimm1' }), client.execute('query-status')]
    monitor.send('{"return": {')
    monitor.hangUp()
    const errors = await Promise.all(asked.map(rejection))
    expect(errors).toMatchObject([
      { reason: 'lost', command: 'device_del' },
      { reason: 'lost', command: 'query-status' },
    ])
    expect(client.inFlight).toEqual([{ command: 'device_del', args: { id: 'dimm1' } }])
    expect(await rejection(client.execute('stop'))).toMatchObject({ reason: 'lost' })
  })

  test('whose connection breaks tells how', async () => {
    const { monitor, client } = await connected()
    monitor.stream.destroy(new Error('read ECONNRESET'))
    expect((await client.closed).message).toBe('the connection broke: read ECONNRESET')
  })
})
