import { setTimeout as sleep } from 'node:timers/promises'
import { hostTree } from '@memhp/host'
import { readTopology } from '@memhp/topology'
import type { Command } from 'commander'
import { consent } from '../apply/consent'
import {
  addRemoteOptions,
  isElsewhere,
  type RemoteFlags,
  specOf,
  withTarget,
} from '../apply/open-target'
import { readMachine } from '../apply/study-machine'
import { askedToEnd } from '../asked-to-end'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { Keeper } from '../keep/keeper'
import { Keeping, type NamedPolicy } from '../keep/keeping'
import { readPolicy } from '../keep/policy-file'
import { type KeepRecord, recordText, renderRound } from '../keep/records'
import { jsonDocument } from '../output/json'
import { addSourceOptions, chooseSource, type SourceFlags } from '../source/choice'
import { parseTime } from '../watch/condition'
import { Alarm, watchMemory } from '../watch/watch'
import { watchedHost } from '../watch/watched-host'

interface KeepFlags extends SourceFlags, RemoteFlags {
  readonly dryRun?: true
  readonly once?: true
  readonly yes?: true
  readonly interval: string
  readonly for?: string
  readonly json?: true
}

/** What would be done now. @throws CliError with exit code 1 where something would be */
async function showRound(
  { path, policy }: NamedPolicy,
  flags: KeepFlags,
  context: CliContext,
): Promise<void> {
  const choice = chooseSource(undefined, flags)
  const { topology, from } = await readMachine(choice, flags, context, async (source, named) => ({
    topology: await readTopology(source.tree, { ...source.known, removable: 'left out' }),
    from: named,
  }))
  const round = new Keeper(policy, path).look(topology)
  const { decisions, plan, missing } = round
  const told = decisions.map(({ block, ...rest }) => ({ block: block.id, ...rest }))
  const steps = plan?.steps ?? []
  context.print(
    flags.json
      ? jsonDocument(from, topology, { decisions: told, steps, missing })
      : renderRound(round, context.columns),
  )
  if (plan === null) return
  const what = steps.length === 1 ? '1 write is' : `${steps.length} writes are`
  throw new CliError(`${what} due. Nothing was written`, { exitCode: EXIT.refused })
}

/** How long a burst of changes is given to end. */
const QUIET_MS = 200

/** Ends at Ctrl-C, SIGTERM and SIGHUP, and once the time is over. */
function endOf(time: number | undefined, context: CliContext): AbortController {
  const end = new AbortController()
  void askedToEnd(context).then(() => end.abort())
  if (time !== undefined) {
    const timer = setTimeout(() => end.abort(), time)
    end.signal.addEventListener('abort', () => clearTimeout(timer))
  }
  return end
}

/** Looks whenever memory changes or a setting does, until it is ended. */
async function goOn(
  keeping: Keeping,
  { interval, sysroot }: { readonly interval: number; readonly sysroot: string | undefined },
  end: AbortController,
): Promise<void> {
  const alarm = new Alarm()
  let isWoken = false
  const { signal } = end
  if (signal.aborted) return
  signal.addEventListener('abort', () => alarm.ring())
  const tree = hostTree(sysroot === undefined ? {} : { sysroot })
  const watching = watchMemory(watchedHost(tree, sysroot), {
    interval,
    time: undefined,
    until: [],
    signal,
    tell: ({ kind }) => {
      // What changed between the first look and the watch's first reading no record tells: with the start it is looked at again.
      if (kind === 'end') return
      isWoken = true
      alarm.ring()
    },
  })
  // What ends it ends the loop, which then has its error.
  watching.catch(() => end.abort())
  try {
    while (!signal.aborted) {
      if (!isWoken) await alarm.wait(interval)
      if (isWoken && !signal.aborted) await sleep(QUIET_MS)
      const isSeen = isWoken
      isWoken = false
      if (!signal.aborted && (isSeen || (await keeping.isDue()))) await keeping.look()
    }
  } finally {
    end.abort()
  }
  await watching
}

async function keep(policy: NamedPolicy, flags: KeepFlags, context: CliContext): Promise<void> {
  const time = flags.for === undefined ? undefined : parseTime('--for', flags.for)
  const interval = parseTime('--interval', flags.interval)
  if (isElsewhere(flags) && flags.once !== true)
    throw new CliError('a policy is kept by a memhp on the machine itself', {
      remedy: 'run it there; --once or --dry-run work from here',
    })
  const tell = (record: KeepRecord): void => {
    const at = new Date().toISOString()
    const line = flags.json
      ? JSON.stringify({ time: at, ...record })
      : `${at} ${recordText(record)}`
    context.print(`${line}\n`)
  }
  const wish = { pages: false }
  await withTarget(await specOf(flags), { wish, context }, async (target) => {
    const what = `${target.name} is to be changed as ${policy.path} says`
    await consent(flags.once ? what : `${what}, now and until memhp ends`, flags, context)
    const end = endOf(time, context)
    const keeping = new Keeping(target, policy, { context, tell })
    try {
      await keeping.look()
      if (flags.once !== true) await goOn(keeping, { interval, sysroot: flags.sysroot }, end)
    } finally {
      end.abort()
    }
    const failed = keeping.end()
    await context.printed()
    if (context.interruptSignal().aborted) throw new CliError('', { exitCode: EXIT.interrupted })
    if (failed > 0) throw new CliError('', { exitCode: EXIT.refused })
  })
}

const HELP = `
A policy is a file that says in which zone memory comes online, who decides, and what the kernel's settings are to read:

  memhp-policy: 1
  settings:
    auto_online_blocks: offline      # the kernel leaves memory alone; also online_policy, auto_movable_ratio,
                                     # auto_movable_numa_aware
  changed-by-others: put-back        # or tell: what becomes of a setting that another writes
  order: ascending                   # or descending
  at-start: online                   # or leave: what becomes of blocks that are offline when it begins
  rules:                             # the first that fits decides; a device is decided on as a whole
    - when: { added-by: kmem }       # kmem, virtio_mem, firmware, other; also device (dax0.0, PNP0C80:*), node, arch,
      zone: leave                    # at-least and less-than: the size of its device
    - when: { arch: s390x }
      zone: leave
    - zone: movable                  # or kernel, as-kernel (a plain online), leave
      up-to-percent: 300             # of kernel memory; what is beyond comes to a kernel zone

It stays in the foreground, brings memory online as it comes, and puts settings back. A block that another takes offline stays so;
one that refuses is tried again when it comes anew. Every write is in a journal first, and memhp undo takes the last ones back. A
memhp that changes the machine meanwhile is waited for. In systemd:

  [Service]
  ExecStart=/usr/bin/memhp keep /etc/memhp/policy.yaml --yes
  [Install]
  WantedBy=multi-user.target

Exit codes: 0 all was done, or it was asked to end; 1 something refused, or with --dry-run something is due; 2 a flag or the
policy is wrong; 74 the journal could not be kept; 130 Ctrl-C.

Examples:
  memhp keep policy.yaml --dry-run                         what is due now, and why
  memhp keep policy.yaml --dry-run --capture host.json.gz  … of another machine
  memhp keep policy.yaml                                   asks, and keeps it until Ctrl-C
  memhp keep policy.yaml --yes --json                      as a service: a line of JSON for each thing that happens
  memhp keep policy.yaml --once --yes                      does what is due, and ends
`

/** `memhp keep`. */
export function configure(command: Command, context: () => CliContext): void {
  addRemoteOptions(
    addSourceOptions(
      command
        .argument('<policy>', 'a policy, in YAML')
        .option('--dry-run', 'say what is due now, and write nothing')
        .option('--once', 'do what is due now, and end')
        .option('--yes', 'change the machine without asking at the terminal')
        .option('--interval <time>', 'between two looks at settings, which tell of no change', '1s')
        .option('--for <time>', 'ends after this time')
        .option('--json', 'print JSON: a line for each record; with --dry-run a document'),
    ),
  )
    .addHelpText('after', HELP)
    .action(async (path: string, flags: KeepFlags) => {
      const policy: NamedPolicy = { path, policy: await readPolicy(path) }
      if (flags.dryRun) await showRound(policy, flags, context())
      else await keep(policy, flags, context())
    })
}
