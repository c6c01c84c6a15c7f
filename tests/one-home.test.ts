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
  'packages/platforms/src': 'the one list of what there is',
  'packages/core/src/generation/v6-1.ts': 'the parameters of the command line that a kernel knows',
  'packages/arch-powerpc/src': 'block and page sizes follow from the LMB size on POWER',
  'packages/invariants/src': 'rules of one firmware, by their ids in the specifications',
  'packages/qemu/src': 'QEMU has one machine for each firmware, and its own names for their events',
  'packages/scenario/src/schema': 'the short form of a machine with ACPI slots',
  'packages/scenario/src/format/action.ts': 'the words of that form',
  'packages/scenario/src/machine/describe.ts': 'what that form stands for',
  'packages/twin/src/describe/settings.ts': 'options of the architecture on POWER',
  'packages/capture/src/redact.ts': 'words that a redacted capture may keep',
  'packages/topology/src/text/kernel-parameters.ts': 'kernel parameters that bear on hot-plug',
  'packages/conformance/src/replay/hints.ts': 'recordings tell of ACPI events',
  'packages/conformance/src/replay/replay-step.ts': 'recordings tell of ACPI events',
  'packages/trace/src/flat': 'a flat view names ACPI devices by their place on the bus',
  'packages/trace/src/read/check-references.ts': 'a recording writes to ACPI devices that it shows',
  'packages/conformance/src/sweep/not-rolled-back.ts': 'what a platform does not take back',
  'apps/cli/src/commands': 'examples in the help',
  'apps/cli/src/report': 'names of devices in reports',
  'apps/cli/src/shell/default-machine.ts': 'slots of the machine of a shell',
}

/** A text without the sources that it cites: a document of a firmware may be one. */
const withoutSources = (text: string): string => text.replaceAll(/Source: .*/g, '')

const naming = readPackages()
  .filter(({ folder }) => /^(?:packages|apps)\/(?!driver-)/.test(folder))
  .flatMap(({ folder }) => typescriptFiles(`${folder}/src`))
  .filter(
    (file) =>
      !isTest(file) && !file.includes('/testing/') && FIRMWARE.test(withoutSources(readText(file))),
  )

const allowedBy = (file: string): string | undefined =>
  Object.keys(MAY_NAME).find((place) => file === place || file.startsWith(`${place}/`))

test('no file outside its packages names a firmware, but for a few with a reason', () => {
  expect(naming.filter((file) => allowedBy(file) === undefined)).toEqual([])
})

test('a place that names no firmware any more, or is gone, leaves the list', () => {
  const used = new Set(naming.map(allowedBy))
  const stale = Object.keys(MAY_NAME).filter(
    (place) => !used.has(place) || !existsSync(join(ROOT, place)),
  )
  expect(stale).toEqual([])
})
