import { flatView, partsOf } from '@memhp/trace'
import { recordedTraces } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import type { FlatTrace } from '../src/index'
import { captureTree, fromFlatView, parseCapture, serialiseCapture } from '../src/index'

const traces = recordedTraces<FlatTrace>()

describe('the flat view of a recorded run', () => {
  test('there are recorded runs of three architectures', () => {
    expect(new Set(traces.map(([, { arch }]) => arch.split('-')[0]))).toEqual(
      new Set(['x86_64', 'ppc64le', 's390x']),
    )
  })

  test.each(traces)('%s comes back key for key from the capture made of it', (_, trace) => {
    const tree = captureTree(fromFlatView(trace))
    expect(flatView(tree, { parts: partsOf(trace.boot) })).toEqual(trace.boot)
  })

  test.each(traces)('%s makes a capture that is written and read unchanged', (_, trace) => {
    const capture = fromFlatView(trace)
    expect(parseCapture(serialiseCapture(capture))).toEqual(capture)
  })

  test('may lack the bounds of what firmware reserves', () => {
    for (const [, trace] of traces) {
      const boot = { ...trace.boot }
      for (const key of Object.keys(boot)) if (/\/memmap\/\d+\/start$/.test(key)) delete boot[key]
      expect(() => fromFlatView({ ...trace, boot })).not.toThrow()
    }
  })

  test('can be asked for in parts', () => {
    for (const [, trace] of traces) {
      const view = flatView(captureTree(fromFlatView(trace)), { parts: ['zoneinfo'] })
      const wanted = Object.entries(trace.boot).filter(([key]) => key.startsWith('/proc/zoneinfo'))
      expect(view).toEqual(Object.fromEntries(wanted))
    }
  })
})
