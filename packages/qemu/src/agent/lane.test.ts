import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FakeAgent, NONCE } from '../../tests/fake-agent'
import { GuestError } from '../index'

describe('a lane', () => {
  test('waits for the greeting, then carries out one request after another', async () => {
    const agent = new FakeAgent((script) => ({ stdout: `did ${script}` }))
    const answers = Promise.all([agent.lane.request('one'), agent.lane.request('two')])
    expect(agent.requests).toEqual([])
    expect(agent.lane.pending).toBe(2)
    agent.greet('6.1.0-56')
    expect(await agent.lane.ready).toBe('6.1.0-56')
    expect((await answers).map(({ stdout }) => stdout.toString())).toEqual(['did one', 'did two'])
    expect(agent.requests).toEqual(['one', 'two'])
    expect(agent.lane.pending).toBe(0)
  })

  test('gives any bytes back as they were, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array(),
        fc.string(),
        fc.nat(255),
        fc.integer({ min: 1, max: 7 }),
        async (stdout, stderr, status, pieceBytes) => {
          const agent = new FakeAgent(() => ({ stdout, stderr, status }))
          agent.pieceBytes = pieceBytes
          agent.greet()
          const answer = await agent.lane.request('anything')
          expect(answer.stdout).toEqual(Buffer.from(stdout))
          expect(answer).toMatchObject({ stderr, status })
        },
      ),
    )
  })

  test('hears what comes in the midst of an answer, and gives the answer without it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom('a', '\n', '@', `@${NONCE}`), fc.string())),
        fc.nat(),
        fc.integer({ min: 1, max: 7 }),
        async (pieces, at, pieceBytes) => {
          const told: string[] = []
          const stdout = Buffer.from(pieces.join(''))
          const place = at % (stdout.length + 1)
          const agent = new FakeAgent(
            () => ({
              stdout: Buffer.concat([
                stdout.subarray(0, place),
                Buffer.from(`\n@${NONCE} U add /a\n\n@${NONCE} U\n`),
                stdout.subarray(place),
              ]),
            }),
            { onTold: (text) => told.push(text) },
          )
          agent.pieceBytes = pieceBytes
          agent.greet()
          agent.send(Buffer.from(`\n@${NONCE} U early\n`))
          expect((await agent.lane.request('cat')).stdout).toEqual(stdout)
          expect(told).toEqual(['early', 'add /a', ''])
        },
      ),
    )
  })

  test('four megabytes in pieces of sixteen bytes do not take for ever', async () => {
    const stdout = Buffer.alloc(2 ** 22, 'no newline here ')
    const agent = new FakeAgent(() => ({ stdout }))
    agent.pieceBytes = 16
    agent.greet()
    const answer = await agent.lane.request('cat')
    expect(answer.stdout.equals(stdout)).toBe(true)
  })

  test('rejects what made ash leave, and goes on', async () => {
    const agent = new FakeAgent((script) => (script === '(' ? undefined : { stdout: 'fine' }))
    agent.greet()
    const bad = agent.lane.request('(')
    const good = agent.lane.request('true')
    await new Promise((resolve) => setImmediate(resolve))
    agent.greet()
    await expect(bad).rejects.toThrow('ash could not evaluate: (')
    expect((await good).stdout.toString()).toBe('fine')
  })

  test('refuses what is not a line, or too long for a terminal', async () => {
    const { lane } = new FakeAgent(() => ({}))
    await expect(lane.request('one\ntwo')).rejects.toBeInstanceOf(GuestError)
    await expect(lane.request('x'.repeat(40_000))).rejects.toBeInstanceOf(GuestError)
  })

  test('an answer to another question is a fault', async () => {
    const agent = new FakeAgent(() => undefined)
    agent.greet()
    const asked = agent.lane.request('true')
    await new Promise((resolve) => setImmediate(resolve))
    agent.send(Buffer.from(`\n@${NONCE} E\n\n@${NONCE} 77 0\n`))
    await expect(asked).rejects.toMatchObject({ code: 'AGENT_FAULT' })
    await expect(agent.lane.request('true')).rejects.toMatchObject({ code: 'AGENT_FAULT' })
  })

  test('says so when no answer comes, and takes the late one for what it is', async () => {
    const agent = new FakeAgent((script) => (script === 'slow' ? undefined : { stdout: script }), {
      timeoutMs: 20,
    })
    agent.greet()
    await expect(agent.lane.request('slow')).rejects.toMatchObject({ code: 'GUEST_SILENT' })
    const next = agent.lane.request('next')
    agent.send(Buffer.from(`late\n@${NONCE} E\n\n@${NONCE} 1 0\n`))
    expect((await next).stdout.toString()).toBe('next')
  })

  test('ends with the guest', async () => {
    const agent = new FakeAgent(() => undefined)
    agent.greet()
    const asked = [agent.lane.request('one'), agent.lane.request('two')]
    agent.lane.fail(new GuestError('GUEST_GONE', 'gone'))
    for (const each of asked) await expect(each).rejects.toMatchObject({ code: 'GUEST_GONE' })
  })
})
