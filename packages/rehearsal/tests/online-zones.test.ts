import { fingerprint, type Machine, nodeId } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { type OnlineWish, onlineZones } from '../src/index'
import { guest } from './machines'

/** First block of the DIMM on node 1, which has kernel memory: the ratio looks at the node, too. */
const FIRST = 32
const BLOCKS = 4

/** The guest with the blocks of its DIMM on node 1 offline. */
function withOffline(): Machine {
  const machine = guest()
  for (let id = FIRST; id < FIRST + BLOCKS; id++)
    machine.tree.write(`/sys/devices/system/memory/memory${id}/state`, 'offline')
  return machine
}

const zones = async (machine: Machine, wish: OnlineWish): Promise<(string | null)[]> =>
  (await onlineZones(machine, wish)).map(({ zone }) => zone)

const all = (zone: string): string[] => Array<string>(BLOCKS).fill(zone)

describe('offline blocks come online', () => {
  test.each<[string, OnlineWish, string[]]>([
    ['in a kernel zone by the default policy', { how: 'online' }, all('Normal')],
    ['in Movable where that is asked', { how: 'online_movable' }, all('Movable')],
    ['in a kernel zone where that is asked', { how: 'online_kernel' }, all('Normal')],
    [
      'in Movable by the ratio',
      { how: 'online', policy: 'auto-movable', ratio: 301 },
      all('Movable'),
    ],
    [
      'in a kernel zone where the ratio is used up',
      { how: 'online', policy: 'auto-movable', ratio: 10 },
      all('Normal'),
    ],
  ])('%s', async (_what, wish, expected) => {
    expect(await zones(withOffline(), wish)).toEqual(expected)
  })

  test('and the machine is as before', async () => {
    const machine = withOffline()
    const before = fingerprint(machine)
    const blocks = await onlineZones(machine, { how: 'online', policy: 'auto-movable' })
    expect(blocks[0]).toEqual({
      block: FIRST,
      nodes: [1],
      zone: 'Movable',
      errno: null,
      byItself: false,
    })
    expect(fingerprint(machine)).toEqual(before)
  })
})

test('of memory that is not there yet it is told, too', async () => {
  const machine = guest()
  const plug = { sizeBytes: 2 ** 29, node: nodeId(0) }
  const before = fingerprint(machine)
  expect(await zones(machine, { how: 'online', plug })).toEqual(all('Normal'))
  expect(await zones(machine, { how: 'online_movable', plug })).toEqual(all('Movable'))
  expect(fingerprint(machine)).toEqual(before)
})

test('a node that is not there is refused, and all is as before', async () => {
  const machine = guest()
  const before = fingerprint(machine)
  const plug = { sizeBytes: 2 ** 30, node: nodeId(7) }
  await expect(onlineZones(machine, { how: 'online', plug })).rejects.toThrow('no node 7')
  expect(fingerprint(machine)).toEqual(before)
})
