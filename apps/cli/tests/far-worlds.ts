import { findGuestFiles, type GuestMachine, type GuestMemory } from '@memhp/qemu'
import { guestArchOf } from '../src/verify/guest-files'

/** A kind of guest on whose kernel plans are carried out. */
export interface FarWorld {
  readonly machine: GuestMachine
  /** Version of Debian's kernel; null: that of the suite that this machine has, the oldest. */
  readonly version: string | null
  /** MiB of boot memory, and of a memory block. */
  readonly bootMib: number
  readonly blockMib: number
  /** A block is a device that goes with it: an LMB, which QEMU takes back from a guest only where its monitor was asked to. */
  readonly goesWhole: boolean
  /** Memory that is added comes online by the kernel's policy; else by whoever writes its state. POWER does not ask. */
  readonly comesOnline: boolean
}

const X86 = { machine: 'x86_64', bootMib: 768, blockMib: 128, goesWhole: false } as const
const POWER = { machine: 'ppc64le-radix', bootMib: 1024, blockMib: 256, goesWhole: true } as const

const WORLDS: readonly FarWorld[] = [
  { ...X86, version: null, comesOnline: false },
  { ...X86, version: '7.3', comesOnline: true },
  { ...POWER, version: null, comesOnline: true },
  { ...POWER, version: '7.2', comesOnline: true },
]

const isAskedFor = process.env.MEMHP_GUESTS === '1'

/** Of a version, a kernel may lack in Debian's archive, which changes from day to day. */
const isThere = ({ machine, version }: FarWorld): Promise<boolean> =>
  version === null
    ? Promise.resolve(true)
    : findGuestFiles(guestArchOf(machine), { version }).then(
        () => true,
        () => false,
      )

/** Boot memory, an empty node, and slots for DIMMs. */
export const memoryOf = ({ bootMib }: FarWorld): GuestMemory => ({
  nodes: [{ mib: bootMib }, { mib: 0 }],
  slots: 4,
  maxMib: 8192,
})

/** A world, and whether its tests run. */
interface TestedWorld extends FarWorld {
  /** What it is called, and why its tests do not run. */
  readonly title: string
  readonly runs: boolean
}

async function tested(world: FarWorld): Promise<TestedWorld> {
  const there = await isThere(world)
  const { machine, version } = world
  const name = `${guestArchOf(machine)}${version === null ? '' : `@${version}`}`
  const why = isAskedFor
    ? `fetch-kernels.mjs ${name} did not get it`
    : 'set MEMHP_GUESTS=1 to boot guests'
  const runs = isAskedFor && there
  return { ...world, title: runs ? name : `${name} — SKIPPED: ${why}`, runs }
}

/** The oldest and the newest kernel of each architecture. */
export const FAR_WORLDS: readonly TestedWorld[] = await Promise.all(WORLDS.map(tested))
