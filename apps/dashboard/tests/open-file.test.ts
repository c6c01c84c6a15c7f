import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { SCENES } from '../src/state/scenes'
import { ModelSession } from '../src/worker/session'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

function textOf(path: string): string {
  const bytes = readFileSync(`${ROOT}${path}`)
  return path.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString()
}

const open = (path: string) =>
  new ModelSession().open({ source: { kind: 'file', name: path, text: textOf(path) } })

const files = SCENES.flatMap(({ name, file }) => (file === null ? [] : [[name, file] as const]))

describe('the gallery', () => {
  test.each(files)('has a scene %s that does what it says', async (_name, file) => {
    const isCapture = file.endsWith('.gz')
    const { machine, timeline } = await open(isCapture ? `captures/${file}` : `scenarios/${file}`)
    expect(machine.runs.length).toBeGreaterThan(0)
    if (isCapture) return
    expect(timeline?.outcome).toBe('ran')
    expect(timeline?.frames.length).toBeGreaterThan(1)
  })
})

test.each([
  ['memory/page-table', 'ENOMEM'],
  ['sysfs/memory-block', 'ENOMEM'],
  ['acpi/_CRS', null],
])('a scenario is told again with a failure of %s', async (point, errno) => {
  const session = new ModelSession()
  const path = 'scenarios/01-test-procedure.yaml'
  const whole = await session.open({ source: { kind: 'file', name: path, text: textOf(path) } })
  const deed = whole.timeline?.frames.find(({ points }) =>
    points.some((passed) => passed.point === point),
  )?.deed
  if (deed === undefined) throw new Error(`${point} is not passed.`)
  const broken = await session.retell({ fault: { deed, point, pass: null } })
  expect(broken.timeline?.outcome).toBe('failed')
  const at = broken.timeline?.frames[broken.timeline.brokeAt ?? -1]
  expect(at?.deed).toBe(deed)
  expect(at?.step?.phase ?? null).toBe(errno === null ? null : 'failed')
  const again = await session.retell({ fault: null })
  expect(again.timeline?.outcome).toBe('ran')
  expect(again.machine.runs).toEqual(whole.machine.runs)
})

test('a recorded run is followed step by step, and the model agrees', async () => {
  const { machine, timeline } = await open('recordings/x86_64/x86_64-0001.json.gz')
  expect(machine.arch).toBe('x86_64')
  expect(timeline?.deeds.length).toBeGreaterThan(5)
  expect(timeline?.deeds.flatMap(({ differences }) => differences ?? [])).toEqual([])
})

test('a recorded run that was changed is told apart from the model, in its step', async () => {
  const path = 'recordings/x86_64/x86_64-0001.json.gz'
  const trace = JSON.parse(textOf(path)) as { steps: { set?: Record<string, string> }[] }
  const step = trace.steps.findIndex(
    ({ set }) =>
      Object.keys(set ?? {}).some((key) => key.endsWith('/MemTotal')) || set !== undefined,
  )
  const changed = trace.steps[step]?.set
  const [key] = Object.keys(changed ?? {})
  if (changed === undefined || key === undefined) throw new Error('The recording changes nothing.')
  changed[key] = '4711'
  const text = JSON.stringify(trace)
  const { timeline } = await new ModelSession().open({ source: { kind: 'file', name: path, text } })
  expect(timeline?.outcome).toBe('failed')
  expect(timeline?.deeds[step]?.differences?.join(' ')).toContain('4711')
})

test.each([
  ['hello', 'neither a capture'],
  ['{}', 'neither a capture'],
  ['memhp-scenario: 1\ntitle: x\n', 'machine'],
  ['{"format":"memhp-capture","version":99}', 'version'],
])('%s is refused with what would be right', async (text, words) => {
  const opened = new ModelSession().open({ source: { kind: 'file', name: 'a file', text } })
  await expect(opened).rejects.toThrow(words)
})
