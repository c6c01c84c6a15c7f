// Sessions that were typed into real guests of s390x with standby memory: the same commands on the model's shell print the same.
import { fromFlatView } from '@memhp/capture'
import { PLUGINS } from '@memhp/platforms'
import { openSession, perform, type Trace } from '@memhp/trace'
import { twinOf } from '@memhp/twin'
import { recordingText } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import { runText } from '../../src/shell/execute'
import { createShell, type ShellState } from '../../src/shell/state'
import { chmem, lsmem } from './s390-tools'
import { type Said, say } from './shell'

interface RecordedStep {
  readonly cmd: string
  readonly out: string
  /** How often which command of SCLP was sent in the step, with its response: `assign/0x20`. */
  readonly sclp: Readonly<Record<string, number>>
}

interface RecordedSession {
  readonly kernel: string
  /** A recorded run of the same guest, with half as much standby memory. */
  readonly guest: string
  /** The block whose assignment the hypervisor refuses: of boot memory, which it has nothing of, or of standby memory. */
  readonly refused: { readonly blocks: readonly number[]; readonly block_mib: number }
}

const SESSIONS: readonly RecordedSession[] = [
  {
    kernel: '6.1',
    guest: 's390x-6.1/s390x-6.1-standby-0001.json.gz',
    refused: { blocks: [2], block_mib: 256 },
  },
  {
    kernel: '7.2',
    guest: 's390x-7.2/s390x-7.2-standby-0001.json.gz',
    refused: { blocks: [20], block_mib: 128 },
  },
]

const FIRMWARE = '/sys/firmware/memory'

/** Lines of /proc/meminfo in the kernel's order, which a flat view does not keep. */
const MEMINFO = ['MemTotal', 'DirectMap4k', 'DirectMap1M', 'DirectMap2G'].map(
  (name) => `/proc/meminfo#${name}`,
)

/** The guest's view as it boots, with 2 GiB of standby memory where its kernel tells of any. */
function bootOf(trace: Trace): Trace['boot'] {
  const lines = Object.fromEntries(MEMINFO.map((key) => [key, trace.boot[key] ?? '']))
  const boot = { ...lines, ...trace.boot }
  if (boot[`${FIRMWARE}/memory0/config`] === undefined) return boot
  const more = Array.from({ length: 16 }, (_, i) => `${FIRMWARE}/memory${8 + i}`)
  return {
    ...boot,
    ...Object.fromEntries(
      more.flatMap((path) => [
        [`${path}/config`, '0'],
        [`${path}/memmap_on_memory`, '0'],
      ]),
    ),
  }
}

async function openGuest({ guest, refused }: RecordedSession): Promise<ShellState> {
  const trace = JSON.parse(recordingText(guest)) as Trace
  const view = { ...trace, boot: bootOf(trace) }
  const { machine } = await twinOf(fromFlatView(view), PLUGINS, { unmovablePages: 'left out' })
  const session = openSession(machine)
  perform(session, { op: 'sclp_fail', ...refused })
  return createShell(session)
}

/** What stands for a command that the model's shell does not have, or that says what a terminal shows in another way. */
type Stand = (guest: Guest, args: readonly string[]) => Promise<Said> | Said

interface Guest {
  readonly shell: ShellState
  readonly kernel: string
  /** Whether the file that the guest collects its uevents in is there: from the first one on. */
  hasUeventFile: boolean
}

const quiet: Said = { out: '', err: '', status: 0 }

/** `KERNEL[1] add      /devices/system/memory/memory8 (memory)`. */
const UEVENT = /^KERNEL\[\d+\] (\S+) +(\S+) \((\S+)\)$/gm

async function ueventFile(guest: Guest): Promise<Said> {
  const said = await say(guest.shell, 'uevents')
  guest.hasUeventFile ||= said.out !== ''
  if (guest.hasUeventFile) return { ...said, out: said.out.replaceAll(UEVENT, '$1 $2 $3') }
  return { ...quiet, err: "cat: can't open '/tmp/uevents': No such file or directory", status: 1 }
}

async function emptyUeventFile(guest: Guest): Promise<Said> {
  await say(guest.shell, 'uevents -c')
  guest.hasUeventFile = true
  return quiet
}

const STANDS: readonly (readonly [RegExp, Stand])[] = [
  [/^uname -r/, ({ kernel }) => ({ ...quiet, out: kernel })],
  [/^uevent onevent/, () => quiet],
  [/^dmesg/, () => quiet],
  [/^: > \/tmp\/uevents/, emptyUeventFile],
  [/^cat \/tmp\/uevents/, ueventFile],
  [
    /^lsmem/,
    async ({ shell }, args) => ({ ...quiet, out: await lsmem(shell.session.machine, args) }),
  ],
  [/^(?:timeout \d+ )?chmem/, ({ shell }, args) => chmem(shell.session.machine, args)],
]

const lastLines = (text: string, count: number): string =>
  text.trimEnd().split('\n').slice(-count).join('\n')

/** Runs one command of a line. @returns what a terminal shows of it */
async function run(guest: Guest, command: string): Promise<string> {
  const { shell } = guest
  const stand = STANDS.find(([pattern]) => pattern.test(command))?.[1]
  if (stand === undefined) {
    let shown = ''
    const show = (text: string): void => {
      shown += text
    }
    await runText(shell, command, { stdin: '', out: show, err: show })
    return shown
  }
  const [words = '', filter = ''] = command.split(' | ')
  const { out, err, status } = await stand(guest, words.split(' '))
  shell.status = status
  const [, count] = /^tail -(\d+)/.exec(filter) ?? []
  return (count === undefined ? out : lastLines(out, Number(count))) + err
}

/** Lines that tell of the kernel's own memory and of its log, and the time stamps of files, are left out. */
const comparable = (text: string): string =>
  text
    .replaceAll(/^ +[0-9a-f-]+ : Kernel (?:code|data|bss)$/gm, '')
    .replaceAll(/^\[ *\d+\.\d+\] .*$/gm, '')
    .replaceAll(/^total 0$/gm, '')
    .replaceAll(/^([d-][rwx-]{9}) +\d+ 0 +0 +(\d+) \w+ +\d+ [\d:]+ (\S+)$/gm, '$1 root root $2 $3')

const wordsOf = (text: string): string[] => comparable(text).split(/\s+/).filter(Boolean)

/** Columns of names are read downwards: their order is that of the terminal's width. */
const isListing = (command: string): boolean => /^ls \/\S+$/.test(command)

/** What the model shows of a line of commands beside what the guest showed, command by command, word by word. */
async function compareStep(guest: Guest, { cmd, out }: RecordedStep): Promise<void> {
  const real = wordsOf(out)
  for (const command of cmd.split(/\s*;\s*/)) {
    const model = wordsOf(await run(guest, command))
    const shown = real.splice(0, model.length)
    const where = `${command}, of ${cmd}`
    if (isListing(command)) expect(model.sort(), where).toEqual(shown.sort())
    else expect(model, where).toEqual(shown)
  }
  expect(real, cmd).toEqual([])
}

const REFUSED = /^chmem: Memory Block (\d+) \(.*disable failed: Device or resource busy$/gm

/** Blocks that hold a page of the kernel's, by what the step shows: the one thing that a model cannot know. */
async function giveHints({ shell }: Guest, { out }: RecordedStep): Promise<void> {
  for (const [, block] of out.matchAll(REFUSED))
    await say(shell, `unmovable kernel-${block} ${block}`)
}

/** What the hypervisor was asked since the last step, as sessions count it. */
function sclpOf({ shell }: Guest): Record<string, number> {
  const { platform } = shell.session.machine.state.journal
  const counts: Record<string, number> = {}
  for (const { event, data } of platform.splice(0)) {
    if (event !== 'SCLP') continue
    const key = `${String(data.command)}/0x${Number(data.response).toString(16)}`
    counts[key] = (counts[key] ?? 0) + Number(data.count)
  }
  return counts
}

/** Lines of the kernel's log that are about storage, after its boot. */
const LOGGED = /^\[ *[\d.]+\] (sclp_\w+: assign storage failed .*)$/gm

describe.each(SESSIONS)('standby memory of Linux $kernel', (each) => {
  const { kernel, steps } = JSON.parse(
    recordingText(`sessions/s390x-${each.kernel}-standby.json.gz`),
  ) as { readonly kernel: string; readonly steps: readonly RecordedStep[] }

  test(`${steps.length} lines of commands show the same`, async () => {
    const guest: Guest = {
      shell: await openGuest(each),
      kernel: (JSON.parse(recordingText(each.guest)) as Trace).kernel,
      hasUeventFile: false,
    }
    expect(guest.kernel).toContain(kernel)
    sclpOf(guest)
    for (const step of steps) {
      await giveHints(guest, step)
      await compareStep(guest, step)
      expect(sclpOf(guest), step.cmd).toEqual(step.sclp)
    }
    const log = new Set((await say(guest.shell, 'dmesg')).out.match(/sclp_\w+: .*$/gm))
    const logged = steps.flatMap(({ out }) => [...out.matchAll(LOGGED)].map(([, line]) => line))
    expect(logged.filter((line) => !log.has(line ?? ''))).toEqual([])
    expect(logged.length).toBeGreaterThan(10)
  })
})
