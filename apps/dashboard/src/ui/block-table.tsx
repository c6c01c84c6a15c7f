import type { JSX } from 'preact'
import type { BlockColumns } from '../map/block-columns'
import type { BlockCell, Verdict } from '../protocol/machine-view'
import type { App } from '../state/app'
import { manyText, sizeText, VERDICT_WORDS } from './words'

/** Rows of the table at most: neighbours that are alike are one. */
const MOST_ROWS = 500

interface Row {
  readonly start: number
  end: number
  readonly cell: BlockCell | null
  readonly verdict: Verdict
}

const alike = (a: BlockCell | null, b: BlockCell | null): boolean =>
  a?.state === b?.state && a?.zone === b?.zone && a?.node === b?.node && a?.device === b?.device

/** All blocks, neighbours that are alike in one row. */
function rowsOf(columns: BlockColumns): readonly Row[] {
  const rows: Row[] = []
  for (const { segments } of columns.layout.panels) {
    for (const { start, end, slot } of segments) {
      for (let block = start; block < end; block++) {
        const cell = columns.cell(slot + block - start)
        const verdict = columns.verdictAt(slot + block - start)
        const last = rows.at(-1)
        if (last?.end === block && alike(last.cell, cell) && last.verdict === verdict)
          last.end = block + 1
        else if (rows.length <= MOST_ROWS)
          rows.push({ start: block, end: block + 1, cell, verdict })
      }
    }
  }
  return rows
}

/** The map as a table: the same for those who do not see it. */
export function BlockTable({ app }: { readonly app: App }): JSX.Element | null {
  const [columns, machine] = [app.columns.value, app.machine.value]
  void app.frame.value
  if (columns === null || machine === null) return null
  const rows = rowsOf(columns)
  return (
    <section class="block-table" tabIndex={0} aria-label="Memory blocks as a table">
      <table>
        <caption>Memory blocks at this moment, neighbours that are alike together</caption>
        <thead>
          <tr>
            <th scope="col">Blocks</th>
            <th scope="col">Size</th>
            <th scope="col">State</th>
            <th scope="col">Zone</th>
            <th scope="col">Node</th>
            <th scope="col">Device</th>
            <th scope="col">Can it go?</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_ROWS).map(({ start, end, cell, verdict }) => (
            <tr key={start}>
              <th scope="row">
                {end - start === 1 ? `memory${start}` : `memory${start}–${end - 1}`}
              </th>
              <td>{sizeText((end - start) * machine.blockBytes)}</td>
              <td>{cell?.state.replace('-', ' ') ?? 'not present'}</td>
              <td>{cell?.zone ?? '–'}</td>
              <td>{cell?.node ?? '–'}</td>
              <td>{cell?.device ?? '–'}</td>
              <td>{cell?.state === 'online' ? VERDICT_WORDS[verdict] : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MOST_ROWS && <p>Only the first {manyText(MOST_ROWS, 'row')} are shown.</p>}
    </section>
  )
}
