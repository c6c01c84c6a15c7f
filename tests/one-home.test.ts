import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isTest, ROOT, readPackages, readText, typescriptFiles } from '../scripts/workspace'

/** Words of one firmware. */
const FIRMWARE = /acpi|pnp0c80|lmb|dlpar|pseries/i

/**
 * Files and folders outside the firmware's own packages that may name a firmware, and why. This list only shrinks: what
 * clients need of a firmware belongs in its dialect.
 */
const MAY_NAME: Readonly<Record<string, string>> = {
  'packages/conformance/src/sweep/not-rolled-back.ts':
    'what one operation of a firmware leaves, by its name',
  'packages/platforms/src': 'the one list of what there is',
  'packages/core/src/generation': 'what a kernel prints, and the parameters of its command line',
  'packages/core/src/kernel-log': 'what a kernel prints',
  'packages/planner/src/explain/log-patterns.ts': 'what a kernel prints, recognised in a log',
  'packages/arch-powerpc/src': 'block and page sizes follow from the LMB size on POWER',
  'packages/invariants/src': 'rules of one firmware, by their ids in the specifications',
  'packages/mount/src/namespace/places.ts':
    'what a host has, and a machine has not, is hidden by its path',
  'packages/qemu/src': 'QEMU has one machine for each firmware, and its own names for their events',
  'packages/scenario/src/schema': 'the short form of a machine with ACPI slots',
  'packages/scenario/src/machine/describe.ts': 'what that form stands for',
  'packages/capture/src/gather/gather.ts': 'what the kernel calls memory of firmware’s map',
  'packages/capture/src/redact.ts': 'words that a redacted capture may keep',
  'packages/conformance/src/replay/hints.ts': 'recordings tell of ACPI events',
  'packages/conformance/src/replay/replay-step.ts': 'recordings tell of ACPI events',
  'packages/trace/src/flat': 'a flat view names ACPI devices by their place on the bus',
  'packages/trace/src/read/check-references.ts': 'a recording writes to ACPI devices that it shows',
  'apps/cli/src/commands': 'examples in the help',
  'apps/cli/src/shell/default-machine.ts': 'slots of the machine of a shell',
  'apps/dashboard/src/state/scenes.ts': 'what scenes of the gallery are called',
  'apps/dashboard/src/ui/structures-card.tsx':
    'the six structures, as the series of 2012 names them',
  'apps/dashboard/src/worker/first-machine.ts': 'the machine that the page opens with',
  'apps/cli/src/kernels/options.ts': 'options of a configuration, as kernels call them',
}

/** What an architecture is called. */
const ARCHITECTURE =
  /x86|ppc64|powerpc|s390|i386|aarch64|arm64|loong|riscv|ia64|sparc|tilegx|'tile'/i

/** The same for architectures, of which comments may speak: the kernel's sources are cited there by their folders. */
const MAY_NAME_ARCH: Readonly<Record<string, string>> = {
  'packages/platforms/src': 'the one list of what there is',
  'packages/core/src/generation': 'what the kernels of a release are built with, by architecture',
  'packages/capture/src/gather/gather.ts': 'only boots of x86 print a map of e820',
  'packages/invariants/src': 'rules of one architecture, by their ids in the specifications',
  'packages/qemu/src': 'QEMU has one emulator and one machine for each architecture',
  'packages/scenario/src': 'the short form of a machine is one of x86-64',
  'packages/planner/src/predict/kept-by-arch.ts':
    'what a notifier of an architecture refuses, where there is a file tree and no plugin',
  'packages/planner/src/explain/errnos.ts':
    'what an errno means on one architecture, where there is nothing but the errno',
  'packages/twin/src/describe/host-facts.ts':
    'how many sections a block has, where a capture does not tell',
  'packages/trace/src/flat': 'which guests have a bus that a flat view does not show, and where',
  'packages/conformance/src/rule-evidence.ts': 'paths of recordings',
  'packages/conformance/src/verify': 'kernels that walks go on, by the names of recordings',
  'apps/cli/src/commands': 'choices and examples in the help',
  'apps/cli/src/shell/default-machine.ts': 'the machine of a shell',
  'apps/cli/src/verify': 'guests that walks go on',
  'apps/dashboard/src/state/scenes.ts': 'what scenes of the gallery are called',
  'apps/dashboard/src/worker/first-machine.ts': 'the machine that the page opens with',
}

/** A text without the sources that it cites: a document of a firmware may be one. */
const withoutSources = (text: string): string =>
  text.replaceAll(/Source: .*/g, '').replaceAll(/\bsource:\s*'[^']*'/g, '')

const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?<=^|\s)\/\/ .*/g, '')

const sources = readPackages()
  .filter(({ folder }) => /^(?:packages|apps)\/(?!driver-)/.test(folder))
  .flatMap(({ folder }) => typescriptFiles(`${folder}/src`))
  .filter((file) => !isTest(file) && !file.includes('/testing/'))

/** Files that name what a list says who may, and of them those that it does not have, and entries that name nothing. */
function held(
  naming: readonly string[],
  list: Readonly<Record<string, string>>,
): { readonly strangers: readonly string[]; readonly stale: readonly string[] } {
  const places = Object.keys(list)
  const allowedBy = (file: string): string | undefined =>
    places.find((place) => file === place || file.startsWith(`${place}/`))
  const used = new Set(naming.map(allowedBy))
  return {
    strangers: naming.filter((file) => allowedBy(file) === undefined),
    stale: places.filter((place) => !used.has(place) || !existsSync(join(ROOT, place))),
  }
}

const ofFirmware = held(
  sources.filter((file) => FIRMWARE.test(withoutSources(readText(file)))),
  MAY_NAME,
)
const ofArchs = held(
  sources
    .filter((file) => !file.startsWith('packages/arch-'))
    .filter((file) => ARCHITECTURE.test(withoutComments(withoutSources(readText(file))))),
  MAY_NAME_ARCH,
)

test('no file outside its packages names a firmware, but for a few with a reason', () => {
  expect(ofFirmware.strangers).toEqual([])
})

test('no file outside its packages names an architecture, but for a few with a reason', () => {
  expect(ofArchs.strangers).toEqual([])
})

test('a place that names none any more, or is gone, leaves its list', () => {
  expect([...ofFirmware.stale, ...ofArchs.stale]).toEqual([])
})
