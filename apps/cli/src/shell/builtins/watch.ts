import { fingerprint, type Journal, pluggedDevices } from '@memhp/core'
import { readTopology } from '@memhp/topology'
import picocolors from 'picocolors'
import { renderRanges } from '../../output/block-table'
import { renderTable } from '../../output/table'
import { formatAddress, formatSize } from '../../text/size'
import type { CommandTable, Invocation } from '../state'
import { parseOptions } from './options'

const NO_COLOURS = picocolors.createColors(false)

async function list({ shell, io }: Invocation): Promise<number> {
  const { machine } = shell.session
  const { blocks, totals } = await readTopology(machine.tree, {
    arch: machine.arch.name,
    pageBytes: machine.geometry.pageBytes,
  })
  io.out(renderRanges(blocks, NO_COLOURS))
  io.out(`\nonline ${formatSize(totals.onlineBytes)}, offline ${formatSize(totals.offlineBytes)}\n`)
  return 0
}

function devices({ shell, io }: Invocation): number {
  const { machine } = shell.session
  const rows = pluggedDevices(machine).map(({ id, address, sizeBytes, node, slot, name }) => [
    id,
    formatAddress(address),
    formatSize(sizeBytes),
    `${node}`,
    `${slot}`,
    name ?? '-',
  ])
  const headings = ['ID', 'ADDRESS', 'SIZE', 'NODE', 'SLOT', 'DEVICE']
  io.out(
    renderTable(
      headings.map((heading) => ({ heading })),
      rows,
    ),
  )
  return 0
}

/** Entries that a machine-wide list shows; `-c` empties it, as dmesg does. */
function shown<List extends 'uevents' | 'log' | 'platform'>(
  { shell, args, io }: Invocation,
  list: { readonly name: List; readonly command: string; readonly options: string },
): { readonly entries: Journal[List][number][]; readonly flags: ReadonlySet<string> } | undefined {
  const options = parseOptions(args, `c${list.options}`)
  if ('fault' in options) {
    io.err(`${list.command}: ${options.fault}\n`)
    return undefined
  }
  const all: Journal[List][number][] = shell.session.machine.state.journal[list.name]
  const entries = [...all]
  if (options.flags.has('c')) all.length = 0
  return { entries, flags: options.flags }
}

function dmesg(call: Invocation): number {
  const found = shown(call, { name: 'log', command: 'dmesg', options: 'd' })
  if (found === undefined) return 1
  for (const { level, text, tick } of found.entries) {
    if (level === 'debug' && !found.flags.has('d')) continue
    call.io.out(`[${`${tick}`.padStart(5)}] ${text}\n`)
  }
  return 0
}

function uevents(call: Invocation): number {
  const found = shown(call, { name: 'uevents', command: 'uevents', options: '' })
  if (found === undefined) return 1
  for (const { seqnum, action, devpath, subsystem } of found.entries) {
    call.io.out(`KERNEL[${seqnum}] ${action.padEnd(8)} ${devpath} (${subsystem})\n`)
  }
  return 0
}

function platform(call: Invocation): number {
  const found = shown(call, { name: 'platform', command: 'platform', options: '' })
  if (found === undefined) return 1
  for (const { event, data } of found.entries) call.io.out(`${event} ${JSON.stringify(data)}\n`)
  return 0
}

/** Commands that look at the machine as a whole. */
export const WATCH_COMMANDS: CommandTable = {
  list: { usage: '', summary: 'list memory blocks as ranges', run: list },
  lsmem: { usage: '', summary: 'the same', run: list },
  devices: { usage: '', summary: 'list what is plugged', run: devices },
  dmesg: {
    usage: '[-cd]',
    summary: 'print the kernel log; -d with debug lines, -c empties it',
    run: dmesg,
  },
  uevents: { usage: '[-c]', summary: 'print all uevents; -c empties the list', run: uevents },
  platform: {
    usage: '[-c]',
    summary: 'print what firmware and hypervisor were told; -c empties the list',
    run: platform,
  },
  fingerprint: {
    usage: '',
    summary: 'print a word for the whole machine: same word, same machine',
    run: ({ shell, io }) => {
      io.out(`${fingerprint(shell.session.machine)}\n`)
      return 0
    },
  },
}
