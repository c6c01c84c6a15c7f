import { expect, test } from 'vitest'
import {
  bundleSize,
  CAPTURED_MACHINES,
  CONSTANT_LIMIT_BYTES,
  MACHINES_LIMIT_BYTES,
  ONE_CONSTANT,
} from '../bench/bundle-size'

test('one constant of core does not bring the rest of core into a bundle', async () => {
  expect((await bundleSize(ONE_CONSTANT)).bytes).toBeLessThan(CONSTANT_LIMIT_BYTES)
})

test('core, an architecture, a driver, captures and twins are light in a bundle', async () => {
  expect((await bundleSize(CAPTURED_MACHINES)).gzippedBytes).toBeLessThan(MACHINES_LIMIT_BYTES)
})
