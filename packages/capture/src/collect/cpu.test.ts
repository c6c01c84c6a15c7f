import { expect, test } from 'vitest'
import { cpuFacts } from './cpu'

test.each([
  ['timebase\t: 512000000\nMMU\t\t: Radix\n', 'Radix'],
  ['hart\t\t: 0\nisa\t\t: rv64imafdch\nmmu\t\t: sv48\n', 'sv48'],
])('the MMU is read as Power and riscv name it', (text, mmu) => {
  expect(cpuFacts(text)).toEqual({ flags: [], mmu })
})

test('without flags and an MMU nothing is known', () => {
  expect(cpuFacts('processor\t: 0\n')).toBeUndefined()
})
