import { hostTree } from '@memhp/host'
import type { Command } from 'commander'
import {
  addRemoteOptions,
  isElsewhere,
  type RemoteFlags,
  specOf,
  withTarget,
} from '../apply/open-target'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { checkFolder } from '../file-problem'
import { postOption, programOption } from '../output/notify'
import { chooseSource } from '../source/choice'
import { inPlace } from '../source/machine-source'
import { NAME_A_SYSROOT } from '../source/take-host'
import { formatSize } from '../text/size'
import { parseCondition, parseTime } from '../watch/condition'
import { Notifier, type NotifyFlags } from '../watch/notifier'
import { HEARD_BY } from '../watch/uevents'
import { type Watched, type WatchRecord, watchMemory } from '../watch/watch'
import { watchedHost } from '../watch/watched-host'

interface WatchFlags extends RemoteFlags, NotifyFlags {
  readonly sysroot?: string
  readonly json?: true
  readonly interval: string
  readonly for?: string
  readonly until?: readonly string[]
}

const valueText = (value: string | number | null): string =>
  value === null ? 'not there' : typeof value === 'number' ? `${value} kB` : value

/** A record as a person reads it. */
function lineOf(record: WatchRecord): string {
  switch (record.kind) {
    case 'start': {
      const { blocks, online, blockBytes, uevents } = record
      return `start   ${blocks} blocks of ${formatSize(blockBytes)}, ${online} online; ${HEARD_BY[uevents]}`
    }
    case 'uevent':
      return `uevent  ${record.action} ${record.name}`
    case 'change': {
      const subject =
        record.what === 'block'
          ? `memory${record.block}`
          : record.what === 'node'
            ? `node${record.node}`
            : 'MemTotal'
      const lost = record.uevent === 'lost' ? ': no uevent came' : ''
      const word = record.uevent === 'lost' ? 'lost  ' : 'change'
      return `${word}  ${subject} ${valueText(record.from)} -> ${valueText(record.to)}${lost}`
    }
    case 'unheard':
      return 'unheard what told uevents has ended: states are read at intervals'
    case 'end':
      return `end     ${record.changes} changes, ${record.lost} of them without their uevent`
  }
}

function printer(isJson: boolean, context: CliContext): (record: WatchRecord) => void {
  return (record) => {
    const time = new Date().toISOString()
    const line = isJson ? JSON.stringify({ time, ...record }) : `${time} ${lineOf(record)}`
    context.print(`${line}\n`)
  }
}

/** Does something with the machine that is to be watched, and lets go of it. */
async function withWatched<T>(
  flags: WatchFlags,
  context: CliContext,
  use: (watched: Watched) => Promise<T>,
): Promise<T> {
  const { sysroot } = flags
  if (isElsewhere(flags)) {
    const { watchedFar } = await import('../watch/watched-far')
    const wish = { pages: false }
    return withTarget(await specOf(flags), { wish, context }, (far) => use(watchedFar(far)))
  }
  if (sysroot !== undefined) await checkFolder(sysroot, NAME_A_SYSROOT)
  const tree = hostTree(sysroot === undefined ? {} : { sysroot })
  return inPlace(chooseSource(undefined, flags), () => use(watchedHost(tree, sysroot)))
}

async function watch(flags: WatchFlags, context: CliContext): Promise<void> {
  const interval = parseTime('--interval', flags.interval)
  const time = flags.for === undefined ? undefined : parseTime('--for', flags.for)
  const until = (flags.until ?? []).map(parseCondition)
  const signal = context.interruptSignal()
  const print = printer(flags.json === true, context)
  const notifier = new Notifier(flags, context)
  const tell = (record: WatchRecord): void => {
    print(record)
    notifier.add(record)
  }
  const because = await withWatched(flags, context, (watched) =>
    watchMemory(watched, { interval, time, until, signal, tell }),
  )
  await notifier.end(because === 'stopped')
  await context.printed()
  if (because === 'stopped') throw new CliError('', { exitCode: EXIT.interrupted })
  if (because !== 'time' || until.length === 0) return
  throw new CliError(
    `after ${flags.for} it is not so: ${until.map(({ text }) => text).join(', ')}`,
    { exitCode: EXIT.refused },
  )
}

const HELP = `
Only reads. Uevents are told as they come, and the states of all blocks, nodes and MemTotal are read after each, and at the
interval: a change that no uevent announced is told as lost. Of this host uevents are read by udevadm monitor, where there is
one (Node has no netlink sockets), of a machine of memhp mount or exec by its control socket; of another folder states alone tell.
Of a machine that ssh reaches they are read there, over the same connection, by udevadm or busybox's uevent, whichever it has;
where it has neither, and by an agent, states alone tell, which the first line says. A container whose network namespace gets no
uevents loses them all. Reading takes a tenth of the time at most: on a host with many blocks the interval is longer.

With --exec or --post others are told of changes, {"version":1,"time":…,"changes":[…]}, each as with --json: those that come
while a message is being told go into the next. One that fails is told here, and the watch goes on. Before memory goes memhp
apply tells.

Exit codes: 0 what --until waits for is so, or the time of --for is over; 1 that time is over and it is not so; 2 a flag is wrong;
130 Ctrl-C.

Examples:
  memhp watch                                        this host, until Ctrl-C
  memhp watch --json | jq .                          a line of JSON for each
  memhp watch --until 'memory32-39 online' --for 2m  after a plug: wait for these blocks, not for a time
  memhp watch --until '16G online' --until 'node1 there'
  memhp watch --post http://127.0.0.1:8080/memory    a scheduler learns of what changes
  memhp watch --exec 'systemctl restart kubelet'
  memhp watch --sysroot /tmp/m --for 10s             a machine of memhp mount
  memhp watch --ssh root@guest                       a machine that ssh reaches; --agent, --libvirt: a guest
`

/** `memhp watch`. */
export function configure(command: Command, context: () => CliContext): void {
  const described = command
    .option(
      '--sysroot <dir>',
      'a folder that holds /sys and /proc of a machine; default: this host',
    )
    .option('--interval <time>', 'between two readings of all states', '1s')
    .option('--for <time>', 'ends after this time')
    .option('--until <state...>', 'ends once this is so: “memory32 online”; all of several')
    .option('--json', 'print a line of JSON for each record')
  programOption(described, 'exec', 'for changes').addOption(postOption('tells changes'))
  addRemoteOptions(described)
    .addHelpText('after', HELP)
    .action(async (flags: WatchFlags) => {
      await watch(flags, context())
    })
}
