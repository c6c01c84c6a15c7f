import type { BalanceRow, Rehearsal } from '@memhp/planner'
import { formatSize } from '../text/size'
import { grouped, joined, labelled, type PageStyle, plural, section } from './page-style'

/** What became of free memory elsewhere, as a sum. */
function freeText({ before, after, plan }: Rehearsal): string {
  const { available } = before.pages.elsewhere
  const memmap = before.pages.elsewhere.memmap - after.pages.elsewhere.memmap
  const tables = before.pages.elsewhere.tables - after.pages.elsewhere.tables
  const moved = before.pages.inside.movable - after.pages.inside.movable
  const now = after.pages.elsewhere.available
  const terms = [
    grouped(available),
    ...(memmap === 0 ? [] : [`+ ${grouped(memmap)} of struct pages`]),
    ...(tables === 0 ? [] : [`+ ${grouped(tables)} of page tables`]),
    ...(moved === 0 ? [] : [`- ${grouped(moved)} for what moved in`]),
  ]
  return `${terms.join(' ')} = ${plural(now, 'page')} (${formatSize(now * plan.pageBytes)})`
}

const failedText = ({ what, before, after, expected }: BalanceRow): string =>
  `${what}: ${grouped(before)} before, ${grouped(after)} now, ${grouped(expected)} expected`

/** Whether all that was allocated came back, and whether all else is as it was. */
export function renderBalance(rehearsal: Rehearsal, style: PageStyle): string {
  const { balance, outcome } = rehearsal
  const { paint } = style
  const failed = balance.rows.filter(({ balanced }) => !balanced)
  const verdict = balance.balanced
    ? paint.green(`balances: ${plural(balance.rows.length, 'number')} as they must be`)
    : paint.red(`does not balance: ${plural(failed.length, 'number')} of ${balance.rows.length}`)
  const same = balance.rows
    .filter(({ topic, balanced }) => topic === 'elsewhere' && balanced)
    .map(({ what }) => what)
  const body = [
    labelled('sum', verdict, style),
    ...(outcome === 'refused' ? [] : [labelled('free', `elsewhere ${freeText(rehearsal)}`, style)]),
    ...(same.length === 0 ? [] : [labelled('unchanged', `elsewhere: ${joined(same)}`, style)]),
    ...failed.map((row, i) => labelled(i === 0 ? 'wrong' : '', paint.red(failedText(row)), style)),
  ]
  return section('Balance', body.join(''), style)
}
