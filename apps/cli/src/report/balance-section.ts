import type { BalanceRow, Rehearsal } from '@memhp/rehearsal'
import { formatSize } from '../text/size'
import { grouped, joined, labelled, type PageStyle, plural, section } from './page-style'

/** A term of a sum, unless it is nothing. */
function term(pages: number, what: string): readonly string[] {
  if (pages === 0) return []
  return [`${pages > 0 ? '+' : '-'} ${grouped(Math.abs(pages))} ${what}`]
}

/** What became of free memory elsewhere, as a sum that comes out. */
function freeText({ before, after, plan }: Rehearsal): string {
  const [was, is] = [before.pages.elsewhere, after.pages.elsewhere]
  const moved = before.pages.inside.movable - after.pages.inside.movable
  const memmap = was.memmap - is.memmap
  const tables = was.tables - is.tables
  const terms = [
    grouped(was.available),
    ...term(memmap, 'that held its struct pages'),
    ...term(tables, tables > 0 ? 'that held its page tables' : 'for a leaf that had to be split'),
    ...term(-moved, 'for what moved in'),
  ]
  const size = formatSize(is.available * plan.pageBytes)
  return `elsewhere: ${terms.join(' ')} = ${plural(is.available, 'page')} (${size})`
}

const failedText = ({ topic, what, before, after, expected }: BalanceRow): string =>
  `${topic}, ${what}: ${grouped(before)} before, ${grouped(after)} now, ${grouped(expected)} expected`

/** Whether all that was allocated came back, and whether all else is as it was. */
export function renderBalance(rehearsal: Rehearsal, style: PageStyle): string {
  const { balance, outcome } = rehearsal
  const { paint } = style
  const failed = balance.rows.filter(({ balanced }) => !balanced)
  const verdict = balance.balanced
    ? paint.green(`it balances: all ${balance.rows.length} numbers come out as they must`)
    : paint.red(`it does not balance: ${failed.length} of ${balance.rows.length} numbers are wrong`)
  const same = balance.rows
    .filter(({ topic, balanced }) => topic === 'elsewhere' && balanced)
    .map(({ what }) => what)
  const body = [
    ...(outcome === 'refused' ? [] : [labelled('free', freeText(rehearsal), style)]),
    ...(same.length === 0 ? [] : [labelled('unchanged', `elsewhere: ${joined(same)}`, style)]),
    ...failed.map((row, i) => labelled(i === 0 ? 'wrong' : '', paint.red(failedText(row)), style)),
    labelled('sum', verdict, style),
  ]
  return section('Balance', body.join(''), style)
}
