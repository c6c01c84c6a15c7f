import { spawnSync } from 'node:child_process'
import { type TestFunction, test } from 'vitest'
import { findGuestFiles, type GuestMachine } from '../src/index'
import { profileOf } from '../src/launch/machine'

/** What a guest of this kind lacks here, in words; undefined where it can run. */
export async function whyNoGuest(machine: GuestMachine): Promise<string | undefined> {
  const { arch, qemu, debianPackage } = profileOf(machine)
  const { error } = spawnSync(qemu, ['--version'], { stdio: 'ignore' })
  if (error !== undefined) return `${qemu} is not installed (apt-get install ${debianPackage})`
  try {
    await findGuestFiles(arch)
    return undefined
  } catch (reason) {
    return reason instanceof Error ? reason.message.replaceAll('\n', ';') : String(reason)
  }
}

/**
 * A test that boots a guest. Guests are booted where MEMHP_GUESTS is 1: there a missing one fails. Elsewhere the test
 * is skipped with the reason in its name.
 * @param missing what `whyNoGuest` said
 */
export function guestTest(
  missing: string | undefined,
  name: string,
  act: TestFunction<object>,
): void {
  const isAskedFor = process.env.MEMHP_GUESTS === '1'
  if (!isAskedFor) test.skipIf(true)(`${name} — SKIPPED: set MEMHP_GUESTS=1 to boot guests`, act)
  else if (missing === undefined) test(name, act)
  else test(name, () => Promise.reject(new Error(`no guest: ${missing}`)))
}
