import fc from 'fast-check'
import { expect, test } from 'vitest'
import { event, FakeMonitor } from '../../tests/fake-monitor'
import { QmpError } from '../index'

/** What the peer says to one command. */
const outcome = fc.oneof(
  fc.record({ kind: fc.constant('result' as const), value: fc.jsonValue() }),
  fc.record({ kind: fc.constant('error' as const), desc: fc.string({ unit: 'grapheme' }) }),
)

/** Commands with their outcomes, the order of replies, events between them, and where the bytes are cut. */
const conversation = fc.array(outcome, { minLength: 1, maxLength: 8 }).chain((outcomes) =>
  fc.record({
    outcomes: fc.constant(outcomes),
    order: fc.shuffledSubarray(
      outcomes.map((_, index) => index),
      { minLength: outcomes.length },
    ),
    events: fc.array(
      fc.record({
        name: fc.constantFrom('STOP', 'DEVICE_DELETED', 'NEW_ONE'),
        data: fc.dictionary(fc.string(), fc.jsonValue()),
        place: fc.nat(outcomes.length),
      }),
    ),
    lineEnd: fc.constantFrom('\n', '\r\n', '\r\n\r\n'),
    cuts: fc.array(fc.nat(2000)),
  }),
)

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length))
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('however a valid conversation is cut and mixed, each command gets its reply and events keep their order', async () => {
  await fc.assert(
    fc.asyncProperty(conversation, async ({ outcomes, order, events, lineEnd, cuts }) => {
      const monitor = new FakeMonitor()
      const client = await monitor.connect({
        onAnomaly: ({ kind }) => {
          throw new Error(kind)
        },
      })
      const seen: unknown[] = []
      client.onEvent(({ event: name, data }) => seen.push({ name, data }))
      const asked = outcomes.map((_, index) => client.execute(`command-${index}`))
      const answered = Promise.allSettled(asked)

      const eventsAt = (place: number): object[] =>
        events.filter((each) => each.place === place).map(({ name, data }) => event(name, data))
      const replies = order.map((index) => {
        const id = monitor.received[index]?.id
        const wanted = outcomes[index]
        if (wanted?.kind === 'result') return { return: wanted.value, id }
        return { id, error: { class: 'GenericError', desc: wanted?.desc } }
      })
      const messages = [...replies.flatMap((reply, place) => [...eventsAt(place), reply])]
      messages.push(...eventsAt(outcomes.length))
      const text = messages.map((message) => `${JSON.stringify(message)}${lineEnd}`).join('')
      for (const chunk of cutAt(Buffer.from(text), cuts)) {
        if (chunk.length > 0) monitor.send(chunk)
      }

      for (const [index, settled] of (await answered).entries()) {
        const wanted = outcomes[index]
        if (wanted?.kind === 'result') {
          expect(settled).toEqual({ status: 'fulfilled', value: plain(wanted.value) })
        } else {
          const reason = settled.status === 'rejected' ? settled.reason : undefined
          expect(reason).toBeInstanceOf(QmpError)
          expect(reason).toMatchObject({ desc: wanted?.desc, command: `command-${index}` })
        }
      }
      const inOrder = [...events].sort((a, b) => a.place - b.place)
      await expect
        .poll(() => seen, { interval: 1 })
        .toEqual(inOrder.map(({ name, data }) => ({ name, data: plain(data) })))
      await client.close()
    }),
    { numRuns: 150 },
  )
})
