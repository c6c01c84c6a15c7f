import { HotplugError, type Plugins } from '@memhp/core'
import { type AcpiLayout, acpiDriver } from '@memhp/driver-acpi'
import { type Difference, type InjectOperation, parseTrace, type Trace } from '@memhp/trace'
import { recordingText } from 'memhp-recordings'
import { describe, expect, it } from 'vitest'
import { replayTrace } from '../src/index'
import { PLUGINS } from './plugins'

const TRACE = parseTrace(recordingText('x86_64/x86_64-0003.json.gz'))
const QUIET = { uevents: [], qmp: [], set: {}, gone: [] }

/** In what model and recording first differ, if these are the steps. */
async function firstDifferences(
  steps: Trace['steps'],
  plugins: Plugins = PLUGINS,
): Promise<Difference[]> {
  return [...((await replayTrace({ ...TRACE, steps }, plugins)).first?.differences ?? [])]
}

describe('a difference is', () => {
  it('what a plugin has not written yet, though the kernel refused with the same errno', async () => {
    const notWritten: Plugins = {
      ...PLUGINS,
      drivers: [
        {
          ...acpiDriver,
          create: (layout: AcpiLayout) => {
            const driver = acpiDriver.create(layout)
            const plug = () => {
              throw new HotplugError('NOT_IMPLEMENTED', 'EINVAL', 'Plugging is not written yet.')
            }
            return { ...driver, platform: driver.platform && { ...driver.platform, plug } }
          },
        },
      ],
    }
    const op = { op: 'plug', id: 'dimm9', mib: 1, node: 0 } as const
    const result = { devices: [], error: 'no multiple of 2 MiB' }
    expect(await firstDifferences([{ op, result, ...QUIET }], notWritten)).toEqual([
      {
        what: 'the model broke',
        real: undefined,
        model: '"HotplugError: Plugging is not written yet."',
      },
    ])
    expect(await firstDifferences([{ op, result, ...QUIET }])).toEqual([])
  })

  it('a file that the model had no room for, and its drop one more', async () => {
    const fill = { op: 'fill', file: 'f1', node: 0, mib: 2 ** 20, policy: 'prefer' } as const
    const result = { devices: [], ok: true }
    const steps = [
      { op: fill, result, ...QUIET },
      { op: { op: 'drop', file: 'f1' } as const, result, ...QUIET },
    ]
    const { agreeing, first } = await replayTrace({ ...TRACE, steps }, PLUGINS)
    expect(agreeing).toBe(0)
    expect(first).toEqual({ step: 0, differences: [{ what: 'ok', real: 'true', model: 'false' }] })
  })
})

describe('the views are compared', () => {
  const BLOCK = '/sys/devices/system/memory/memory2'
  const AUTO_ONLINE = '/sys/devices/system/memory/auto_online_blocks'
  const value = TRACE.boot[AUTO_ONLINE] ?? ''
  const other = value === 'offline' ? 'online' : 'offline'
  const write = { op: 'write', path: AUTO_ONLINE, value: other } as const
  const result = { devices: [], errno: null }
  const badWord = { op: { ...write, value: 'no word' }, result: { devices: [], errno: 'EINVAL' } }

  /** In what the last of these steps differs. */
  async function lastDifferences(steps: Trace['steps']): Promise<readonly Difference[]> {
    const all: (readonly Difference[])[] = []
    await replayTrace({ ...TRACE, steps }, PLUGINS, {
      onStep: (_index, _machine, differences) => void all.push(differences),
    })
    return all.at(-1) ?? []
  }

  it('where only the recording changed', async () => {
    const set = { [AUTO_ONLINE]: other }
    expect(await firstDifferences([{ ...QUIET, ...badWord, set }])).toEqual([
      { what: AUTO_ONLINE, real: other, model: value },
    ])
    expect(await firstDifferences([{ ...QUIET, ...badWord, set: { '/new': 'text' } }])).toEqual([
      { what: '/new', real: 'text', model: undefined },
    ])
    expect(await firstDifferences([{ ...QUIET, ...badWord, gone: [AUTO_ONLINE] }])).toEqual([
      { what: AUTO_ONLINE, real: undefined, model: value },
    ])
  })

  it('where only the model changed', async () => {
    expect(await firstDifferences([{ ...QUIET, op: write, result }])).toEqual([
      { what: AUTO_ONLINE, real: value, model: other },
    ])
  })

  it('in every step after that, until they agree again', async () => {
    const changed = { ...QUIET, op: write, result }
    const difference = { what: AUTO_ONLINE, real: value, model: other }
    expect(await lastDifferences([changed, { ...QUIET, ...badWord }])).toEqual([difference])
    const back = { ...QUIET, op: { ...write, value }, result }
    expect(await lastDifferences([changed, back])).toEqual([])
    const late = { ...QUIET, ...badWord, set: { [AUTO_ONLINE]: other } }
    expect(await lastDifferences([changed, late])).toEqual([])
  })

  it('with what the platform holds and what it told, to the last entry', async () => {
    const set = { [AUTO_ONLINE]: other }
    const devices = [['dimm0', 2 ** 32, 2 ** 30, 0] as const]
    expect(
      await firstDifferences([{ ...QUIET, op: write, result: { ...result, devices }, set }]),
    ).toEqual([{ what: 'devices', real: JSON.stringify(devices), model: '[]' }])
    const uevents = ['change /devices/system/memory/memory1 memory']
    expect(await firstDifferences([{ ...QUIET, op: write, result, set, uevents }])).toEqual([
      { what: 'uevents', real: JSON.stringify(uevents), model: '[]' },
    ])
    const offline = { op: 'write', path: `${BLOCK}/state`, value: 'offline' } as const
    expect(await firstDifferences([{ ...QUIET, op: offline, result }])).toContainEqual({
      what: 'uevents',
      real: '[]',
      model: '["offline /devices/system/memory/memory2 memory"]',
    })
  })
})

it('what the machine cannot do is refused with its step', async () => {
  const event = 'MEM_ONLINE' as InjectOperation['event']
  const op = { op: 'inject', event, errno: -12 } as const
  const steps = [{ op, result: { devices: [], ok: true }, ...QUIET }]
  await expect(replayTrace({ ...TRACE, steps }, PLUGINS)).rejects.toThrow(
    /^steps\/0\/op\/event: is none of MEM_GOING_ONLINE, MEM_GOING_OFFLINE/,
  )
})
