import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { type Uevent, UeventStream } from './uevent-stream'

const printed = (seqnum: number, action: string, name: string): string =>
  [
    '',
    `${action}@/devices/system/memory/${name}`,
    `ACTION=${action}`,
    `DEVPATH=/devices/system/memory/${name}`,
    'SUBSYSTEM=memory',
    `SEQNUM=${seqnum}`,
    '',
  ].join('\n')

function streamOf(
  text: string,
  pieceBytes: number,
): {
  readonly seen: Uevent[]
  readonly uevents: UeventStream
} {
  const input = new PassThrough()
  const uevents = new UeventStream(input)
  const seen: Uevent[] = []
  uevents.onUevent((uevent) => seen.push(uevent))
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    input.emit('data', bytes.subarray(at, at + pieceBytes))
  }
  return { seen, uevents }
}

test.each([1, 16, 10_000])(
  'uevents in pieces of %i bytes come whole and in order',
  (pieceBytes) => {
    const text = printed(7, 'add', 'memory32') + printed(8, 'online', 'memory32')
    const { seen, uevents } = streamOf(text, pieceBytes)
    expect(seen).toMatchObject([
      { action: 'add', devpath: '/devices/system/memory/memory32', subsystem: 'memory', seqnum: 7 },
      { action: 'online', seqnum: 8 },
    ])
    expect(uevents.lastSeqnum).toBe(8)
    expect(uevents.missed).toBe(0)
  },
)

test('those that the kernel dropped are counted', () => {
  const { uevents } = streamOf(printed(7, 'add', 'memory32') + printed(11, 'add', 'memory36'), 50)
  expect(uevents.missed).toBe(3)
})
