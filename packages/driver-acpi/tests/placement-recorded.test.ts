import { GIB, MIB } from '@memhp/core'
import { placeFirstFit } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { deviceWindow } from '../src/platform/window'
import { type Recording, recordings } from './recordings'

/** Boot memory of a q35 guest: up to 2 GiB below 4 GiB, the rest above. */
function ramOf({ machine }: Recording) {
  const bytes = machine.boot_mib * MIB
  const low = Math.min(bytes, 2 * GIB)
  const high = bytes - low
  return [
    { start: 0, end: low },
    { start: 4 * GIB, end: 4 * GIB + high },
  ].filter(({ start, end }) => start < end)
}

describe('placement as recorded', () => {
  test.each(recordings().map((recording) => [recording.name, recording] as const))(
    '%s',
    (_, recording) => {
      const window = deviceWindow(
        { start: null, end: null, alignmentBytes: 2 * MIB },
        { ram: ramOf(recording), addressLimit: 2 ** 46, lowestAddress: 4 * GIB, unitBytes: GIB },
      )
      let held: { start: number; end: number }[] = []
      for (const { op, result } of recording.steps) {
        if (op.op === 'plug') {
          const placement = { windows: [window], alignmentBytes: 2 * MIB, taken: held }
          const plugged = result.devices.find(([id]) => id === op.id)
          expect(placeFirstFit(placement, (op.mib ?? 0) * MIB)).toBe(plugged?.[1])
        }
        held = result.devices.map(([, start, bytes]) => ({ start, end: start + bytes }))
      }
    },
  )
})
