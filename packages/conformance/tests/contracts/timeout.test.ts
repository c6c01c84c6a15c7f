// How much time a suite gives its contracts.
import { x86_64 } from '@memhp/arch-x86'
import { acpiDriver } from '@memhp/driver-acpi'
import { expect, test } from 'vitest'
import { type TestRunner, testArch, testDriver } from '../../src/contracts/index'

/** What a runner was told of each test, without any being run. */
function told(run: (runner: TestRunner) => void): readonly (readonly unknown[])[] {
  const tests: (readonly unknown[])[] = []
  run({
    describe: (_, body) => body(),
    test: (_, ...rest) => tests.push(rest.slice(1)),
  })
  return tests
}

test('a suite hands its timeout to the runner with each contract, and none where it has none', () => {
  const driver = { arch: x86_64, config: { slots: 3 }, slots: 3 }
  for (const suite of [
    (runner: TestRunner, timeout?: number) =>
      testArch(x86_64, { runner, ...(timeout !== undefined && { timeout }) }),
    (runner: TestRunner, timeout?: number) =>
      testDriver(acpiDriver, { runner, ...driver, ...(timeout !== undefined && { timeout }) }),
  ]) {
    const limited = told((runner) => suite(runner, 7000))
    expect(limited.length).toBeGreaterThan(5)
    expect(limited.every(([timeout]) => timeout === 7000)).toBe(true)
    expect(told((runner) => suite(runner)).every((rest) => rest.length === 0)).toBe(true)
  }
})
