// Devices that the kernel refused, and what it does with them as others come.
import { MIB, platformOf, settle } from '@memhp/core'
import { expect, test } from 'vitest'
import { makeGuest, takeLog, takePlatformEvents, unplug } from './guest'

test.each([
  ['v6.1', 3],
  ['v7.2', 6],
])(
  'a device that was refused is tried again with the next by kernels that scan all: %s',
  (kernel, lines) => {
    const machine = makeGuest({ slots: 3 }, { kernel })
    const refuse = (id: string): readonly string[] => {
      platformOf(machine).plug(machine, { id, sizeBytes: 100 * MIB, node: 0 })
      settle(machine)
      return takeLog(machine)
    }
    const first = refuse('odd')
    expect(first).toHaveLength(3)
    const second = refuse('also-odd')
    expect(second).toHaveLength(lines)
    if (lines > 3) expect(second.slice(0, 3)).toEqual(first)
    expect(second.at(-1)).toContain('PNP0C80:01')
    // What has left its slot is not there to be tried.
    for (const id of ['odd', 'also-odd']) unplug(machine, id)
    expect(refuse('odd again')).toEqual(first)
    expect(takePlatformEvents(machine).at(-1)).toBe('OST odd again 1 0')
  },
)
