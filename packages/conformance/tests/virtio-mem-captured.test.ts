// Guests as they were in the midst of a recording: their twins go on as the guests did, with blocks that are plugged in part.
import { parseTrace, type Trace, type TraceStep } from '@memhp/trace'
import { recordingText, tracePaths } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import { replayTrace } from '../src/index'
import { PLUGINS } from './plugins'

/** Whether only a device of the command line is there, which has what is asked of it, and no file. */
const isTellable = ({ op, result }: TraceStep): boolean => {
  const { devices = [], virtio = [] } = result
  const [device] = virtio
  return (
    op.op !== 'fill' && devices.length === 0 && virtio.length === 1 && device?.[2] === device?.[3]
  )
}

/** The runs that begin after a step of another. */
function runsIn(trace: Trace): readonly (readonly [step: number, run: Trace])[] {
  const boot: Record<string, string> = { ...trace.boot }
  const runs: [number, Trace][] = []
  const last = trace.steps.findIndex((step) => !isTellable(step))
  trace.steps.slice(0, last).forEach(({ set, gone, result }, i) => {
    Object.assign(boot, set)
    for (const key of gone) delete boot[key]
    const mib = (result.virtio?.[0]?.[3] ?? 0) / 2 ** 20
    const virtio = (trace.machine.virtio ?? []).map((each) => ({ ...each, requested_mib: mib }))
    const machine = { ...trace.machine, virtio }
    runs.push([i, { ...trace, boot: { ...boot }, machine, steps: trace.steps.slice(i + 1) }])
  })
  return runs
}

const runs = (['virtio-mem-x86_64-6.1', 'virtio-mem-x86_64-7.3'] as const)
  .flatMap(tracePaths)
  .flatMap((path) =>
    runsIn(parseTrace(recordingText(path))).map(([step, run]) => [path, step, run] as const),
  )

describe('a guest that was captured in the midst of a recording', () => {
  test('is one of several', () => expect(runs.length).toBeGreaterThan(8))

  test.each(runs)('%s after step %i goes on as it did', async (_path, _step, run) => {
    const report = await replayTrace(run, PLUGINS)
    expect(report.first).toBeUndefined()
  })
})
