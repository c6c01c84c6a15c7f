import { HotplugError, type Plugins } from '@memhp/core'
import { type AcpiLayout, acpiDriver } from '@memhp/driver-acpi'
import { recordingText } from 'memhp-recordings'
import { describe, expect, it } from 'vitest'
import { type Difference, parseTrace, replayTrace, type Trace } from '../src/index'
import { PLUGINS } from './plugins'

const TRACE = parseTrace(recordingText('x86_64/x86_64-0003.json.gz'))
const QUIET = { uevents: [], qmp: [], set: {}, gone: [] }

/** In what model and recording first differ, if these are the steps. */
function firstDifferences(steps: Trace['steps'], plugins: Plugins = PLUGINS): Difference[] {
  return [...(replayTrace({ ...TRACE, steps }, plugins).first?.differences ?? [])]
}

describe('a difference is', () => {
  it('what a plugin has not written yet, though the kernel refused with the same errno', () => {
    const notWritten: Plugins = {
      ...PLUGINS,
      drivers: [
        {
          ...acpiDriver,
          create: (layout: AcpiLayout) => ({
            ...acpiDriver.create(layout),
            plug: () => {
              throw new HotplugError('NOT_IMPLEMENTED', 'EINVAL', 'Nobody has written plugging.')
            },
          }),
        },
      ],
    }
    const op = { op: 'plug', id: 'dimm9', mib: 1, node: 0 } as const
    const result = { devices: [], error: 'no multiple of 2 MiB' }
    expect(firstDifferences([{ op, result, ...QUIET }], notWritten)).toEqual([
      {
        what: 'the model broke',
        real: undefined,
        model: '"HotplugError: Nobody has written plugging."',
      },
    ])
    expect(firstDifferences([{ op, result, ...QUIET }])).toEqual([])
  })

  it('a file that the model had no room for, and its drop one more', () => {
    const fill = { op: 'fill', file: 'f1', node: 0, mib: 2 ** 20, policy: 'prefer' } as const
    const result = { devices: [], ok: true }
    const steps = [
      { op: fill, result, ...QUIET },
      { op: { op: 'drop', file: 'f1' } as const, result, ...QUIET },
    ]
    const { agreeing, first } = replayTrace({ ...TRACE, steps }, PLUGINS)
    expect(agreeing).toBe(0)
    expect(first).toEqual({ step: 0, differences: [{ what: 'ok', real: 'true', model: 'false' }] })
  })
})

it('what the machine cannot do is refused with its step', () => {
  const op = { op: 'inject', event: 'MEM_ONLINE', errno: -12 } as const
  const steps = [{ op, result: { devices: [], ok: true }, ...QUIET }]
  expect(() => replayTrace({ ...TRACE, steps }, PLUGINS)).toThrow(
    /^steps\/0\/op\/event: is none of MEM_GOING_ONLINE, MEM_GOING_OFFLINE/,
  )
})
