import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { errorText } from '../error-text'
import type { App, LiveServer } from '../state/app'
import { Card } from './card'

const STATES = ['offline', 'online', 'online_movable', 'online_kernel'] as const

/** What became of the live machine since it was read, and, where that is allowed, writes to it. */
export function LiveCard({
  app,
  refresh,
}: {
  readonly app: App
  readonly refresh: () => void
}): JSX.Element | null {
  const [live, news] = [app.live.value, app.news.value]
  if (live === null || app.scene.value !== null) return null
  const last = news.at(-1)
  return (
    <Card
      title={`Live: ${live.name}`}
      class="live"
      aside={<span class="count">{live.writable ? 'may be written' : 'read only'}</span>}
    >
      <p aria-live="polite">
        {last === undefined
          ? 'Nothing has changed since it was read.'
          : `${news.length} changes since it was read; the last: ${last}.`}
      </p>
      {app.heard.value !== null && <p class="reference">{app.heard.value}</p>}
      {last !== undefined && (
        <button type="button" onClick={refresh}>
          Show it as it is now
        </button>
      )}
      {live.writable && <Writing app={app} live={live} />}
    </Card>
  )
}

/** A write to the block in focus: asked for, then done. */
function Writing({ app, live }: { readonly app: App; readonly live: LiveServer }): JSX.Element {
  const block = app.focused.value
  const [question, setQuestion] = useState<Awaited<ReturnType<LiveServer['ask']>> | null>(null)
  const [told, setTold] = useState<string | null>(null)
  const act = async (deed: () => Promise<void>): Promise<void> => {
    setTold(null)
    await deed().catch((error: unknown) => {
      setQuestion(null)
      setTold(errorText(error))
    })
  }
  if (question !== null)
    return (
      <div role="alertdialog" aria-label="A write to the live machine" class="question">
        <p>{question.question}</p>
        <button
          type="button"
          class="break"
          onClick={() =>
            void act(async () => {
              await question.confirm()
              setQuestion(null)
              setTold('Written.')
            })
          }
        >
          Write it
        </button>{' '}
        <button type="button" onClick={() => setQuestion(null)}>
          Leave it
        </button>
      </div>
    )
  if (block === null)
    return <p class="reference">Choose a block on the map to write to its state.</p>
  const path = `/sys/devices/system/memory/memory${block}/state`
  return (
    <div>
      <p class="reference">memory{block}:</p>
      {STATES.map((state) => (
        <button
          key={state}
          type="button"
          onClick={() => void act(async () => setQuestion(await live.ask(path, state)))}
        >
          {state}
        </button>
      ))}
      {told !== null && <p role="status">{told}</p>}
    </div>
  )
}
