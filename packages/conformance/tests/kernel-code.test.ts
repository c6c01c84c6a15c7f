// Rules say when a kernel does what only kernels of 2012 have code for: that they bring the code is not enough.
import { GENERATIONS } from '@memhp/core'
import { parseTrace } from '@memhp/trace'
import { recordingText } from 'memhp-recordings'
import { expect, test } from 'vitest'
import { replayTrace } from '../src/index'
import { PLUGINS } from './plugins'

const { code } = GENERATIONS.find((each) => each.code !== undefined) ?? {}

test.each([
  // Nodes come and go; one holds its own struct pages.
  'walks/x86_64-boot-block-1.json.gz',
  'ppc64le-radix-7.2.13/ppc64le-radix-memmap-force.json.gz',
  'walks/x86_64-5.10-virtio-mem.json.gz',
])('%s: a later kernel with the code of 2012 does what it does without', async (path) => {
  const trace = parseTrace(recordingText(path), { name: path })
  const kernels = GENERATIONS.map((each) => ({ ...(code && { code }), ...each }))
  const { first, agreeing } = await replayTrace(trace, { ...PLUGINS, kernels })
  expect(first).toBeUndefined()
  expect(agreeing).toBe(trace.steps.length)
})
