import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DEFAULT_ARCHS } from '../apps/cli/src/shell/default-machine'
import { bundleSize } from '../bench/bundle-size'
import { createRandom } from '../packages/conformance/src/generators/random'
import { drawMachine, platformsOf } from '../packages/conformance/src/simulation/draw-machine'
import { LIVE_ARCHS, unameOf } from '../packages/conformance/src/verify/live-kernel'
import { DIALECTS } from '../packages/platforms/src/dialects'
import { ARCHS, DRIVERS, PLUGINS } from '../packages/platforms/src/index'
import { MAY_IMPORT } from '../scripts/import-rules'
import { ROOT, readPackages } from '../scripts/workspace'

const names = (items: readonly { readonly name: string }[]): readonly string[] =>
  items.map(({ name }) => name).sort()

const plugins = readPackages()
  .flatMap(({ folder }) => /^packages\/((?:arch|driver)-.+)$/.exec(folder)?.[1] ?? [])
  .sort()

/** Packages of plugins that are not in the list yet, and why. This only shrinks. */
const NOT_LISTED: Readonly<Record<string, string>> = {}

/** Which package an architecture is in. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  x86_64: 'arch-x86',
  x86_32: 'arch-x86',
  ppc64le: 'arch-powerpc',
  s390x: 'arch-s390',
  aarch64: 'arch-arm64',
  loongarch64: 'arch-loongarch',
  riscv64: 'arch-riscv',
  ia64: 'arch-ia64',
  sh: 'arch-sh',
  sparc64: 'arch-sparc',
  tile: 'arch-tile',
}

test('every package of an architecture or a firmware is in the list, and may be, or is known to be missing', () => {
  const listed = MAY_IMPORT.platforms?.filter((name) => name !== 'core') ?? []
  expect([...listed, ...Object.keys(NOT_LISTED)].sort()).toEqual(plugins)
  const archs = new Set(ARCHS.map(({ name }) => PACKAGE_OF[name]))
  expect([...archs, ...DRIVERS.map(({ name }) => `driver-${name}`)].sort()).toEqual(
    [...listed].sort(),
  )
})

test('every firmware driver has a dialect', () => {
  expect(DIALECTS.map(({ driver }) => driver)).toEqual(DRIVERS.map(({ name }) => name))
})

test('the shell has a machine to try things on for every architecture', () => {
  expect([...DEFAULT_ARCHS].sort()).toEqual(names(ARCHS))
})

/** Architectures that no kernel can be tried on, and why. */
const NOT_LIVE: Readonly<Record<string, string>> = {
  x86_32: 'no kernel since Linux 5.16 has memory hot-plug on it, and Debian ships none that has',
  loongarch64:
    'Debian has no such kernel in the suites that guests are from by default, and QEMU 7.2 no firmware for it',
  riscv64: 'QEMU has no memory device for it, and Debian’s kernels no driver',
  ia64: 'Linux dropped it, and QEMU has no such machine',
  sh: 'no kernel since Linux 5.16 has memory hot-plug on it',
  sparc64: 'no kernel of it has memory hot-plug',
  tile: 'no kernel of it has memory hot-plug, and QEMU has no such machine',
}

test('walks on live kernels reach every architecture, or it is known why not', () => {
  const reached = ARCHS.filter(({ name }) => LIVE_ARCHS.some((arch) => unameOf(arch) === name))
  expect([...names(reached), ...Object.keys(NOT_LIVE)].sort()).toEqual(names(ARCHS))
})

test('what architectures say they were held against is there, and each live kernel is one of theirs', () => {
  const evidence = ARCHS.flatMap((arch) => Object.values(arch.evidence ?? {}))
  for (const name of evidence.flatMap(({ recordings }) => Object.values(recordings).flat()))
    expect(existsSync(join(ROOT, 'recordings', name)), name).toBe(true)
  expect(evidence.flatMap(({ guests }) => guests).sort()).toEqual([...LIVE_ARCHS].sort())
})

test('simulations draw machines of every architecture and firmware', () => {
  const drawn = platformsOf(PLUGINS, DIALECTS).map((platform) =>
    drawMachine(createRandom(1), platform),
  )
  expect([...new Set(drawn.map(({ arch }) => arch))].sort()).toEqual(names(ARCHS))
  const drivers = drawn.flatMap((machine) => Object.keys(machine.drivers ?? {}))
  expect([...new Set(drivers)].sort()).toEqual(names(DRIVERS))
})

test('the dialects bring no machine into a bundle', async () => {
  const program = `import { DIALECTS } from '@memhp/platforms/dialects'; console.log(DIALECTS)`
  expect((await bundleSize(program)).bytes).toBeLessThan(33_000)
})
