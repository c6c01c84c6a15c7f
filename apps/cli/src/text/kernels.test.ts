import { GENERATIONS } from '@memhp/core'
import { expect, test } from 'vitest'
import { KERNELS } from './kernels'

test('help names the kernels that there are', () => {
  expect(KERNELS.split(', ')).toEqual(GENERATIONS.map(({ name }) => name))
})
