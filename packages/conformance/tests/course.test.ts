import { fingerprint } from '@memhp/core'
import { answerOperation, parseTrace } from '@memhp/trace'
import { recordingText } from 'memhp-recordings'
import { expect, test } from 'vitest'
import { Replay } from '../src/index'
import { Course } from '../src/replay/course'
import { PLUGINS } from './plugins'

/** A recording that shows, at its tenth step, that the kernel still had a chunk elsewhere. */
const trace = parseTrace(recordingText('x86_64-3.10/x86_64-3.10-4213.json.gz'))
const STEPS = 10

async function courseOf(): Promise<{ course: Course; real: ReadonlyMap<string, string> }> {
  const { machine } = await Replay.begin(trace, PLUGINS)
  const course = new Course(machine, trace.boot, PLUGINS)
  const real = new Map(Object.entries(trace.boot))
  trace.steps.slice(0, STEPS).forEach((step, i) => {
    course.begin(step)
    if (i < STEPS - 1) answerOperation(course.session, step.op)
    course.settled(step)
    for (const [key, text] of Object.entries(step.set)) real.set(key, text)
    for (const key of step.gone) real.delete(key)
  })
  return { course, real }
}

test('going back to a step gives the kernel what it had before it, and one chunk more', async () => {
  const { course, real } = await courseOf()
  const before = course.hintCount
  expect(course.giveChunk(real)).toBe(true)
  expect(course.hintCount).toBe(before + 1)
  expect(course.giveChunk(real)).toBe(true)
  expect(course.hintCount).toBe(before + 2)
})

test('where there is no chunk to give, the machine is before the step as it was', async () => {
  const { course } = await courseOf()
  const { machine } = course.session
  const before = fingerprint(machine)
  expect(course.giveChunk(new Map())).toBe(false)
  expect(fingerprint(machine)).toBe(before)
})
