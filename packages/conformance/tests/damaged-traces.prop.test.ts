// Recordings that were damaged: each is refused with its place, or replayed with differences.

import { isHotplugError } from '@memhp/core'
import { parseTrace, type Trace } from '@memhp/trace'
import * as fc from 'fast-check'
import { recordingText } from 'memhp-recordings'
import { describe, expect, it } from 'vitest'
import { draws } from '../../../tests/thorough'
import { replayTrace } from '../src/index'
import { damages, harm, type Json } from './damage'
import { PLUGINS } from './plugins'

/** Steps of a recording that are kept, so that many damages can be tried. */
const STEPS = 8

function shortTrace(path: string): Trace {
  const trace = parseTrace(recordingText(path))
  return { ...trace, steps: trace.steps.slice(0, STEPS) }
}

/** The result of a text: `replayed`, or the place of its refusal. */
async function outcome(text: string): Promise<string> {
  try {
    const { agreeing, stepCount } = await replayTrace(parseTrace(text), PLUGINS)
    expect(agreeing).toBeLessThanOrEqual(stepCount)
    return 'replayed'
  } catch (error) {
    if (!isHotplugError(error)) throw error
    expect(['BAD_TRACE', 'NOT_A_TRACE', 'UNKNOWN_VERSION', 'UNKNOWN_PLUGIN']).toContain(error.code)
    expect(error.detail.place).toEqual(expect.any(String))
    expect(error.message.startsWith(String(error.detail.place))).toBe(true)
    return 'refused'
  }
}

describe.each([
  'x86_64/x86_64-0003.json.gz',
  'x86_64-faults/x86_64-faults-0101.json.gz',
  'ppc64le-radix/ppc64le-radix-0001.json.gz',
  'ppc64le-hash/ppc64le-hash-0001.json.gz',
])('%s, damaged', (path) => {
  const trace = shortTrace(path)
  const text = JSON.stringify(trace)

  it('is refused or replayed, whatever value is wrong', { timeout: 60_000 }, async () => {
    const outcomes = new Set<string>()
    await fc.assert(
      fc.asyncProperty(damages, async (all) => {
        const damaged: Json = JSON.parse(text)
        for (const { picks, damage } of all) harm(damaged, picks, damage)
        outcomes.add(await outcome(JSON.stringify(damaged)))
      }),
      { numRuns: draws(200) },
    )
    expect(outcomes).toEqual(new Set(['replayed', 'refused']))
  })

  it('is refused wherever the text ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), async (end) => {
        expect(await outcome(text.slice(0, end))).toBe('refused')
      }),
      { numRuns: draws(50) },
    )
  })
})
