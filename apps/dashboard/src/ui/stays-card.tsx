import type { JSX } from 'preact'
import type { ObstacleView } from '../protocol/machine-view'
import type { App } from '../state/app'
import { Card } from './card'
import { Remedies } from './remedies'
import { sizeText } from './words'

/** What of the machine would stay, why, and what would help. Gone once something runs, which says it better. */
export function StaysCard({ app }: { readonly app: App }): JSX.Element | null {
  const { outlook, memoryBytes } = app.machine.value ?? { outlook: null, memoryBytes: 0 }
  if (outlook === null || outlook.obstacles.length === 0 || app.timeline.value !== null) return null
  const { obstacles } = outlook
  const bytes = obstacles.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return (
    <Card
      title="What would stay, and why"
      class="stays"
      aside={
        <span class="count">
          {sizeText(bytes)} of {sizeText(memoryBytes)}
        </span>
      }
    >
      {obstacles.map((each, index) => (
        <ObstacleItem key={each.what} app={app} obstacle={each} isOpen={index === 0} />
      ))}
    </Card>
  )
}

function ObstacleItem(props: {
  readonly app: App
  readonly obstacle: ObstacleView
  readonly isOpen: boolean
}): JSX.Element {
  const { what, sizeBytes, block, evidence, remedies } = props.obstacle
  return (
    <details open={props.isOpen}>
      <summary>
        <b>{sizeText(sizeBytes)}</b> {what}
      </summary>
      {evidence.map((text) => (
        <p key={text} class="reason">
          {text}
        </p>
      ))}
      {remedies.length > 0 && <Remedies remedies={remedies} />}
      <button
        type="button"
        onClick={() => void props.app.wish({ kind: 'blocks', blocks: [block] })}
      >
        Try memory{block}
      </button>
    </details>
  )
}
