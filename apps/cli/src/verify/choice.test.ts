import { createRandom, drawWalkMachine } from '@memhp/conformance'
import { expect, test } from 'vitest'
import { machineOf } from './choice'

test('a device of changing size is on a node that the user asked for', () => {
  const seeds = Array.from({ length: 40 }, (_, seed) => seed)
  const drawn = (seed: number) => drawWalkMachine(createRandom(seed), 'arm64', 'virtio-mem')
  const isElsewhere = (seed: number): boolean =>
    drawn(seed).resizables?.devices.some(({ node }) => node > 0) === true
  expect(seeds.some(isElsewhere)).toBe(true)
  for (const seed of seeds) {
    const flags = { arch: 'arm64', device: 'virtio-mem', steps: 1, shrink: 0 } as const
    const asked = machineOf({ ...flags, nodes: [1024] }, seed)
    expect(asked).toMatchObject({ nodesMib: [1024], resizables: { devices: [{ node: 0 }] } })
    expect(machineOf(flags, seed)).toEqual(drawn(seed))
  }
})
