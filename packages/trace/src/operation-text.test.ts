import { describe, expect, test } from 'vitest'
import type { MachineOperation } from './operation'
import { callbackText, operationText } from './operation-text'

const G = 2 ** 30

describe('an operation in a line', () => {
  test.each<readonly [MachineOperation, string]>([
    [{ op: 'plug', id: 'dimm1', mib: 512, node: 1 }, 'plug dimm1, 512M on node 1'],
    [{ op: 'write', path: '/sys/a', value: 'online' }, 'write online to /sys/a'],
    [{ op: 'write', path: '/sys/a', value: '' }, 'write "" to /sys/a'],
    [
      { op: 'fill', file: '/f', node: 0, mib: 1536, policy: 'bind' },
      'fill 1.5G of node 0 with file /f',
    ],
    [{ op: 'inject', event: 'MEM_GOING_ONLINE', errno: 0 }, 'make MEM_GOING_ONLINE succeed again'],
    [{ op: 'sclp_fail', blocks: [], block_mib: 128 }, 'refuse no storage any more'],
    [{ op: 'sclp_fail', blocks: [3, 4], block_mib: 128 }, 'refuse the storage of blocks 3-4'],
    [{ op: 'pin', name: 'f', first: 4, pages: 2 }, 'pin f, pages: 2 from page 4 on'],
    [{ op: 'shrink-huge', node: 1, count: 3 }, 'shrink huge pages of node 1: 3'],
    [{ op: 'add', start: 4 * G, end: 5 * G, node: 0 }, 'add 1G at 0x100000000 to node 0'],
    [
      { op: 'offline-and-remove', start: 4 * G, end: 5 * G },
      'take offline and remove 1G at 0x100000000',
    ],
    [{ op: 'snapshot', name: 's' }, 'snapshot s'],
  ])('%j', (operation, text) => {
    expect(operationText(operation)).toBe(text)
  })

  test('what a callback does names its call', () => {
    expect(callbackText({ by: 'notifier', call: 0, act: 'throw' })).toBe(
      'a notifier throws when it is first called',
    )
    expect(callbackText({ by: 'listener', call: 2, act: { op: 'settle' } })).toBe(
      'a listener asks to settle at its call 3',
    )
  })
})
