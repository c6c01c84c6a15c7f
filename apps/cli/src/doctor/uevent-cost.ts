import type { FileTree } from '@memhp/core'
import { MEMORY_DIRECTORY } from '@memhp/kernel-files'
import { plural } from '../report/page-style'
import { ifThere } from '../source/if-there'
import type { ProgramRule } from './udev-programs'

/** What the uevents of a machine's memory cost those who listen. Plain data. */
export interface UeventCost {
  /** Programs that udev starts; null where its rules are not known. */
  readonly rules: readonly ProgramRule[] | null
  /** The kernel keeps the list of a loaded crash kernel itself; null where it does not say. */
  readonly crashHotplug: boolean | null
  /** Programs that the uevents of all blocks start when they are asked for anew at boot: `udevadm trigger`. */
  readonly programsAtBoot: number | null
}

const CRASH_HOTPLUG = `${MEMORY_DIRECTORY}/crash_hotplug`

async function crashHotplugOf(tree: FileTree): Promise<boolean | null> {
  const text = await ifThere(() => tree.read(CRASH_HOTPLUG))
  return text === undefined ? null : text.trim() === '1'
}

/** Counts what uevents cost. @param rules undefined where they are not known */
export async function ueventCost(
  tree: FileTree,
  blocks: number,
  rules: readonly ProgramRule[] | undefined,
): Promise<UeventCost> {
  const each = (rules ?? [])
    .filter(({ actions }) => actions.includes('add'))
    .reduce((sum, { programs }) => sum + programs, 0)
  return {
    rules: rules ?? null,
    crashHotplug: await crashHotplugOf(tree),
    programsAtBoot: rules === undefined ? null : each * blocks,
  }
}

/** The cost in sentences. */
export function costText({ rules, crashHotplug, programsAtBoot }: UeventCost): readonly string[] {
  if (rules === null) return []
  if (rules.length === 0) return ['udev starts no program for a uevent of memory.']
  const started = rules.map(
    ({ place, actions, programs, program, isConditional }) =>
      `${place}: ${actions.join(', ')} ${isConditional ? 'may start' : 'starts'} ${plural(programs, 'program')} a block (${program})`,
  )
  const boot =
    programsAtBoot === null || programsAtBoot === 0
      ? []
      : [
          `At boot, when udev asks for all blocks anew, that is ${plural(programsAtBoot, 'program')}.`,
        ]
  const kdump = rules.some(({ program, place }) => /kdump|kexec/.test(`${place} ${program}`))
  const needless =
    kdump && crashHotplug === true
      ? [
          'crash_hotplug reads 1: the kernel keeps a loaded crash kernel up to date itself, so that it need not be loaded anew.',
        ]
      : []
  return [...started, ...boot, ...needless]
}
