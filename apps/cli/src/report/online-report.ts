import { formatNumberList } from '@memhp/kernel-files'
import type { PlugRoom } from '@memhp/planner'
import type { OnlineWish, OnlineZone } from '@memhp/rehearsal'
import { formatSize } from '../text/size'
import { labelled, type PageStyle, section, sectionTable } from './page-style'

interface Run {
  readonly first: OnlineZone
  last: OnlineZone
}

function zoneOf({ zone, errno, byItself }: OnlineZone): string {
  if (errno !== null) return `stays offline (${errno})`
  return byItself ? `${zone}, as the kernel brings it online by itself` : `${zone}`
}

const keyOf = (block: OnlineZone): string => `${block.nodes.join()} ${zoneOf(block)}`

function runsOf(blocks: readonly OnlineZone[]): readonly Run[] {
  const runs: Run[] = []
  for (const block of blocks) {
    const run = runs.at(-1)
    if (run !== undefined && run.last.block + 1 === block.block && keyOf(run.last) === keyOf(block))
      run.last = block
    else runs.push({ first: block, last: block })
  }
  return runs
}

function heading({ how, policy, ratio, plug }: OnlineWish, plugged: string): string {
  const settings = [
    ...(policy === undefined ? [] : [`online_policy ${policy}`]),
    ...(ratio === undefined ? [] : [`auto_movable_ratio ${ratio}`]),
  ]
  const what = plug === undefined ? 'Offline blocks' : `${plugged} plugged into node ${plug.node}`
  return `${what}, brought online with ${[how, ...settings].join(', ')}`
}

/** Where blocks come online, runs of like ones joined. */
export function renderOnline(
  blocks: readonly OnlineZone[],
  {
    wish,
    blockBytes,
    style,
  }: { readonly wish: OnlineWish; readonly blockBytes: number; readonly style: PageStyle },
): string {
  const rows = runsOf(blocks).map(({ first, last }) => [
    first === last ? `${first.block}` : `${first.block}-${last.block}`,
    formatSize((last.block - first.block + 1) * blockBytes),
    formatNumberList(first.nodes),
    zoneOf(first),
  ])
  const title = heading(wish, formatSize(wish.plug?.sizeBytes ?? 0))
  const columns = [
    { heading: 'BLOCKS' },
    { heading: 'SIZE', align: 'right' as const },
    { heading: 'NODE' },
    { heading: 'ZONE' },
  ]
  return section(
    title,
    rows.length === 0 ? '  none is offline\n' : sectionTable(columns, rows, style),
    style,
  )
}

/** Whether the struct pages of memory that is added find room, and how much can be added at once. */
export function renderPlugRoom(
  { costPerByte, freeBytes, largestBytes }: PlugRoom,
  { sizeBytes, style }: { readonly sizeBytes: number; readonly style: PageStyle },
): string {
  const cost = `${formatSize(sizeBytes * costPerByte)} for ${formatSize(sizeBytes)}, out of kernel zones, where ${formatSize(freeBytes)} is free above the watermarks`
  const steps = largestBytes === 0 ? 0 : Math.ceil(sizeBytes / largestBytes)
  const step = `${formatSize(largestBytes)} at once`
  const more =
    steps > 1
      ? `; ${formatSize(sizeBytes)} needs ${steps} steps or more, and kernel memory that comes online or is freed between them`
      : ''
  const risk = 'a guest of Linux 6.1 that was given 5 % more panicked'
  const most =
    largestBytes === 0
      ? 'nothing, before kernel memory is freed'
      : `${step}${more}${steps > 1 ? `; ${risk}` : ''}`
  const body = [labelled('cost', cost, style), labelled('most', most, style)]
  return section('Struct pages', body.join(''), style)
}
