import { compareNatural } from '@memhp/kernel-files'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linkedPath } from './path'

describe('natural order', () => {
  test('puts memory2 before memory10', () => {
    const names = ['memory10', 'node1', 'memory2', 'memory', 'memory0']
    expect(names.sort(compareNatural)).toEqual([
      'memory',
      'memory0',
      'memory2',
      'memory10',
      'node1',
    ])
  })

  test('is an order: total, and the same from both sides', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '0', '1', '9', ':'), maxLength: 6 })
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(compareNatural(a, b))).toBe(-Math.sign(compareNatural(b, a)) + 0)
        expect(compareNatural(a, b) === 0).toBe(a === b)
        const [x = '', y = '', z = ''] = [a, b, c].sort(compareNatural)
        expect(compareNatural(x, y)).toBeLessThanOrEqual(0)
        expect(compareNatural(x, z)).toBeLessThanOrEqual(0)
      }),
    )
  })
})

describe('what a link leads to', () => {
  test('is found from the directory that the link stands in', () => {
    expect(linkedPath('/sys/devices/system/memory/memory3/node0', '../../node/node0')).toBe(
      '/sys/devices/system/node/node0',
    )
    expect(linkedPath('/a/b', '/c/./d')).toBe('/c/d')
    expect(linkedPath('/a', '../../..')).toBe('/')
  })
})
