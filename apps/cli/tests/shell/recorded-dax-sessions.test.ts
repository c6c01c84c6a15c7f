// Sessions that were typed into real guests with soft-reserved memory: the same commands on the model's shell print the same, send
// the same uevents and leave the same lines in the log.
import { createMachine, GENERATIONS, type Machine, type MachineDescription } from '@memhp/core'
import { PLUGINS } from '@memhp/platforms'
import { openSession } from '@memhp/trace'
import { recordingText } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import { runText } from '../../src/shell/execute'
import { createShell, type ShellState } from '../../src/shell/state'

interface RecordedStep {
  readonly cmd: string
  readonly out: string
  /** `add /devices/system/memory/memory5 memory` */
  readonly uevents: readonly string[]
  /** With the level in front: `<4>kmem dax0.0: …`. */
  readonly dmesg: readonly string[]
}

interface RecordedSession {
  readonly kernel: string
  readonly cmdline: string
  /** The first of them loads the drivers. */
  readonly steps: readonly RecordedStep[]
}

type Guest = Pick<MachineDescription, 'ram' | 'iomem'> & {
  readonly regions: readonly {
    readonly start: number
    readonly sizeBytes: number
    readonly node: number
    readonly kind?: 'persistent'
  }[]
}

/** A node below 512 MiB and one above it, of which firmware keeps 368 and 64 MiB. */
const TWO: Guest = {
  ram: [
    { start: 0, end: 0x2000_0000, node: 0 },
    { start: 0x2000_0000, end: 0x2100_0000, node: 1 },
    { start: 0x3800_0000, end: 0x3a00_0000, node: 1 },
    { start: 0x3e00_0000, end: 0x3ffe_0000, node: 1 },
  ],
  regions: [
    { start: 0x2100_0000, sizeBytes: 0x1700_0000, node: 1 },
    { start: 0x3a00_0000, sizeBytes: 0x400_0000, node: 1 },
  ],
}

/** The same of a kernel that lists no soft-reserved memory: another thing takes its place in /proc/iomem. */
const BUFFERED: Guest = {
  ...TWO,
  iomem: [
    { start: 0, end: 0x20ff_ffff, name: 'System RAM' },
    { start: 0x2100_0000, end: 0x23ff_ffff, name: 'RAM buffer' },
    { start: 0x3800_0000, end: 0x39ff_ffff, name: 'System RAM' },
    { start: 0x3a00_0000, end: 0x3bff_ffff, name: 'RAM buffer' },
    { start: 0x3e00_0000, end: 0x3ffd_ffff, name: 'System RAM' },
  ],
}

/** 256 MiB of the node above 512 MiB. */
const ONE: Guest = {
  ram: [
    { start: 0, end: 0x2000_0000, node: 0 },
    { start: 0x3000_0000, end: 0x3ffe_0000, node: 1 },
  ],
  regions: [{ start: 0x2000_0000, sizeBytes: 0x1000_0000, node: 1 }],
}

/** A GiB of persistent memory at 4 GiB, all of it one namespace. */
const PERSISTENT: Guest = {
  ram: [
    { start: 0, end: 0x8000_0000, node: 0 },
    { start: 0x1_4000_0000, end: 0x1_c000_0000, node: 0 },
  ],
  regions: [{ start: 0x1_0000_0000, sizeBytes: 0x4000_0000, node: 0, kind: 'persistent' }],
}

const SESSIONS: readonly (readonly [name: string, kernel: string, guest: Guest])[] = [
  ['dax-x86_64-6.1', 'v6.1', TWO],
  ['dax-x86_64-6.12', 'v6.12', TWO],
  ['dax-x86_64-7.2', 'v7.2', BUFFERED],
  ['dax-x86_64-7.3', 'v7.3', BUFFERED],
  ['dax-faults-x86_64-7.3', 'v7.3', ONE],
  ['dax-pmem-x86_64-6.1', 'v6.1', PERSISTENT],
  ['dax-pmem-x86_64-7.3', 'v7.3', PERSISTENT],
  ['dax-region-x86_64-6.1', 'v6.1', ONE],
  ['dax-region-x86_64-7.3', 'v7.3', ONE],
]

const guestOf = (kernel: string, cmdline: string, { regions, ...memory }: Guest): Machine =>
  createMachine(
    {
      arch: 'x86_64',
      kernel,
      cmdline,
      nodes: [
        { id: 0, cpus: [0] },
        { id: 1, cpus: [] },
      ],
      ...memory,
      drivers: { 'dax-kmem': { regions } },
    },
    { ...PLUGINS, kernels: GENERATIONS },
  )

async function shown(shell: ShellState, text: string): Promise<string> {
  let out = ''
  const show = (part: string): void => {
    out += part
  }
  await runText(shell, text, { stdin: '', out: show, err: show })
  return out
}

/** Files that the model does not have: power management, and modules. */
const LEFT_OUT = new Set(['power', 'module'])
/** Lines of a text, names of a listing one by one; what a shell says before its own errors differs from busybox to busybox. */
const namesIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .flatMap((line) => (line.includes(' : ') ? line : line.trim().split(/\s{2,}/)))
    .map((line) => line.replace(/^sh: line \d+: /, 'sh: '))
    .filter((line) => line !== '' && !LEFT_OUT.has(line))

/** What `cat` cannot open is told before or after what it can: first here. */
const linesOf = (text: string): readonly string[] => {
  const [missing, others] = [true, false].map((isMissing) =>
    namesIn(text).filter((line) => line.startsWith('cat: ') === isMissing),
  )
  return [...(missing ?? []), ...(others ?? [])]
}

/** Counts of the zones that hot-plugged memory and devices join. */
function zonesIn(text: string): readonly string[] {
  let zone = ''
  return text.split('\n').flatMap((line) => {
    zone = /^Node (\d, zone +\S+)/.exec(line)?.[1] ?? zone
    return /^1, zone +(Normal|Movable|Device)/.test(zone) && /spanned|present|managed/.test(line)
      ? `${zone.replaceAll(/ +/g, ' ')} ${line.trim().replaceAll(/ +/g, ' ')}`
      : []
  })
}

/** Lines of the log that are about devices and their memory, not about zonelists. */
const about = (line: string): boolean => /dax|kmem|removing memory/.test(line)
const LEVELS = { err: 3, warn: 4, info: 6, debug: 7 } as const

function told(machine: Machine): Pick<RecordedStep, 'uevents' | 'dmesg'> {
  const { journal } = machine.state
  const uevents = journal.uevents
    .splice(0)
    .map(({ action, devpath, subsystem }) => `${action} ${devpath} ${subsystem}`)
  const dmesg = journal.log.splice(0).map(({ level, text }) => `<${LEVELS[level]}>${text}`)
  return { uevents, dmesg: dmesg.filter(about) }
}

/** What tells of the drivers and of what is around the devices. */
const isAround = (uevent: string): boolean =>
  !/^\S+ \S*\/memory\d+ |^(?:un)?bind .* dax$/.test(uevent)

describe.each(SESSIONS)('%s', (name, version, described) => {
  const { kernel, cmdline, steps } = JSON.parse(
    recordingText(`sessions/${name}.json.gz`),
  ) as RecordedSession
  const words = cmdline.split(' ').filter((word) => !word.startsWith('memmap='))

  test(`${steps.length} lines of commands show the same`, async () => {
    expect(`v${kernel}`.startsWith(version)).toBe(true)
    const machine = guestOf(version, words.join(' '), described)
    const shell = createShell(openSession(machine))
    const [boot, ...typed] = steps
    expect(told(machine)).toEqual({
      uevents: boot?.uevents.filter((uevent) => !isAround(uevent)),
      dmesg: boot?.dmesg.filter(about),
    })
    for (const { cmd, out, uevents, dmesg } of typed) {
      if (cmd.endsWith('/proc/zoneinfo')) {
        expect(zonesIn(machine.tree.read('/proc/zoneinfo'))).toEqual(zonesIn(out))
        continue
      }
      expect(linesOf(await shown(shell, cmd)), cmd).toEqual(linesOf(out))
      expect(told(machine), cmd).toEqual({ uevents, dmesg: dmesg.filter(about) })
      for (const driver of machine.drivers) driver.check?.(machine)
    }
  })
})
