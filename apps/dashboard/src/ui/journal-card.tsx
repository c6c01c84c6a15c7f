import type { JSX } from 'preact'
import type { App } from '../state/app'
import { Card } from './card'

const MOST_LINES = 200

/** What the kernel told: uevents and its log, as far as they are written at this moment. */
export function JournalCard({ app }: { readonly app: App }): JSX.Element | null {
  const [timeline, now] = [app.timeline.value, app.now.value]
  if (timeline === null || now === null) return null
  return (
    <Card title="What the kernel tells" class="journal">
      <Lines title="uevents" lines={timeline.uevents.slice(0, now.uevents)} />
      <Lines title="kernel log" lines={timeline.log.slice(0, now.log)} />
    </Card>
  )
}

function Lines({
  title,
  lines,
}: {
  readonly title: string
  readonly lines: readonly string[]
}): JSX.Element {
  return (
    <div>
      <h3>{title}</h3>
      <ol class="lines" tabIndex={0} aria-label={title}>
        {lines.length === 0 && <li class="none">nothing yet</li>}
        {lines
          .slice(-MOST_LINES)
          .toReversed()
          .map((line, index) => (
            <li key={lines.length - index}>{line.replace('/devices/system/', '')}</li>
          ))}
      </ol>
    </div>
  )
}
