import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { FakeAgent } from '../../tests/fake-agent'
import { UeventStream } from '../agent/uevent-stream'
import { readActivity, type SettleOptions, settle } from './settle'

describe('the activity of a guest', () => {
  test('is read from what the agent prints', () => {
    const text = [
      'seqnum 417',
      ' 23:          2          1  XIVE-IRQ 4097 Edge      RAS_HOTPLUG',
      'kworker/0:1+events',
      'kworker/u2:1+kacpi_hotplug',
      'kworker/u2:2+pseries hotplug workque',
    ].join('\n')
    expect(readActivity(text)).toEqual({
      seqnum: 417,
      hotplugInterrupts: 3,
      workers: ['kworker/u2:1+kacpi_hotplug', 'kworker/u2:2+pseries hotplug workque'],
    })
  })

  test('is none where the guest has no such interrupt and no worker', () => {
    expect(readActivity('seqnum 1\n')).toEqual({ seqnum: 1, hotplugInterrupts: 0, workers: [] })
  })
})

/** Settles a guest that shows one activity after another, and the last one from then on. */
async function settled(
  shown: readonly string[],
  options: Partial<SettleOptions> = {},
): Promise<number> {
  let probes = 0
  const agent = new FakeAgent(() => {
    const stdout = shown[Math.min(probes, shown.length - 1)] ?? ''
    probes += 1
    return { stdout }
  })
  agent.greet()
  const input = new PassThrough()
  const uevents = new UeventStream(input)
  input.emit('data', Buffer.from('SEQNUM=100\n'))
  await settle(
    { query: agent.lane, work: agent.lane, uevents },
    { announced: () => true, signs: () => 0, idleMs: 60_000, limitMs: 60_000, ...options },
  )
  return probes
}

const BUSY = 'seqnum 1\nkworker/u2:1+kacpi_hotplug'

describe('a guest has settled', () => {
  test('when two looks in a row show the same, and no work in progress', async () => {
    expect(await settled(['seqnum 1'])).toBe(2)
    expect(await settled(['seqnum 1', 'seqnum 2', 'seqnum 3', 'seqnum 3'])).toBe(4)
  })

  test('not while a worker is at hot-plug', async () => {
    expect(await settled([BUSY, BUSY, BUSY, 'seqnum 1'])).toBe(5)
  })

  test('not before it has announced the end', async () => {
    let asked = 0
    const announced = (): boolean => ++asked > 3
    expect(await settled(['seqnum 1'], { announced })).toBe(4)
  })

  test('though it announced nothing, once there has been no sign of life for long enough', async () => {
    const begun = performance.now()
    expect(await settled(['seqnum 1'], { announced: () => false, idleMs: 50 })).toBeGreaterThan(1)
    expect(performance.now() - begun).toBeGreaterThan(50)
  })

  test('never while it is at work: that is an error in the end', async () => {
    await expect(settled([BUSY], { limitMs: 100 })).rejects.toMatchObject({ code: 'NOT_SETTLED' })
    await expect(settled([BUSY], { limitMs: 100 })).rejects.toThrow('at work: kworker/u2:1+kacpi')
  })
})
