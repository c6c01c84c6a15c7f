import { driverOf, HotplugError, type Machine, MIB, platformOf, settle } from '@memhp/core'
import { describe, expect, test } from 'vitest'

import { type Moment, machineAt, momentsOf } from './recorded-guest'
import { type RecordedStep, recordings } from './recordings'

const isOurs = ({ op }: RecordedStep): boolean =>
  op.op === 'plug' || op.op === 'unplug' || (op.op === 'write' && /\/eject$/.test(op.path ?? ''))

/** Keys of the flat view that the driver answers for. */
const isWatched = (key: string): boolean =>
  /^\/sys\/bus\/acpi\/|\/memory\d+\/(?:state|firmware_node)$/.test(key)

function carryOut(machine: Machine, { op }: RecordedStep): string | null {
  const platform = platformOf(machine)
  const { id = '', mib = 0, node = 0, path = '', value = '' } = op
  try {
    if (op.op === 'plug') platform.plug(machine, { id, sizeBytes: mib * MIB, node })
    else if (op.op === 'unplug') platform.requestUnplug(machine, id)
    else machine.tree.write(path, value)
  } catch (error) {
    if (!(error instanceof HotplugError)) throw error
    return error.errno
  }
  settle(machine)
  return null
}

function textAt(machine: Machine, key: string): string | undefined {
  const entry = machine.tree.lookup(key)
  if (entry === undefined) return undefined
  return entry.kind === 'link' ? `-> ${machine.tree.readlink(key)}` : machine.tree.read(key).trim()
}

const watched = (step: RecordedStep) => [...Object.keys(step.set), ...step.gone].filter(isWatched)

function playedBy(machine: Machine, { step }: Moment) {
  const errno = carryOut(machine, step)
  const { uevents, platform } = machine.state.journal
  return {
    errno,
    devices: platformOf(machine)
      .plugged(machine)
      .map(({ id, address, sizeBytes, node }) => [id, address, sizeBytes, node]),
    uevents: uevents.map(({ action, devpath, subsystem }) => `${action} ${devpath} ${subsystem}`),
    qmp: platform,
    texts: watched(step).map((key) => [key, textAt(machine, key)]),
  }
}

const recordedIn = ({ step }: Moment) => ({
  errno: step.result.errno ?? null,
  devices: step.result.devices,
  uevents: step.uevents,
  qmp: step.qmp,
  texts: watched(step).map((key) => [key, step.set[key]]),
})

describe('plug, unplug and eject as recorded', () => {
  test.each(recordings().map((recording) => [recording.name, recording] as const))(
    '%s',
    (_, recording) => {
      let played = 0
      for (const moment of momentsOf(recording)) {
        if (!isOurs(moment.step)) continue
        const machine = machineAt(moment)
        expect(playedBy(machine, moment)).toEqual(recordedIn(moment))
        driverOf(machine).check?.(machine)
        played += 1
      }
      expect(played).toBe(recording.steps.filter(isOurs).length)
    },
  )
})
