import type { JSX } from 'preact'
import type { App } from '../state/app'
import { Card } from './card'
import { SIX } from './structures-card'

/** What is about to be seen, for who sees it first. Gone once something runs. */
export function PrimerCard({ app }: { readonly app: App }): JSX.Element | null {
  if (app.machine.value === null || app.timeline.value !== null) return null
  return (
    <Card title="What a hot-remove does" class="primer">
      <p>
        Linux gives memory back while it runs, in blocks. First each block goes <b>offline</b>: what
        is on its pages moves to other memory. A page that cannot move keeps its block, and with it
        the device: the write is refused, and all comes back as it was.
      </p>
      <p>
        Once all blocks are offline, the device is <b>removed</b>, and six structures that describe
        its memory are freed:
      </p>
      <dl>
        {SIX.map(([name, what]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
