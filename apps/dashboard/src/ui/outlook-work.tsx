import type { JSX } from 'preact'
import type { App } from '../state/app'

/** How far it is worked out what can go, where that takes long. */
export function OutlookWork({ app }: { readonly app: App }): JSX.Element | null {
  const work = app.outlookWork.value
  if (work === null) return null
  if (work === 'stopped')
    return <p class="outlook-work">What can go was not worked out: all is shown as not known.</p>
  const percent = Math.round(100 * work)
  return (
    <p class="outlook-work">
      <label>
        Working out what can go
        <progress value={percent} max={100} />
      </label>
      <span>{percent} %</span>
      <button
        type="button"
        onClick={() => {
          app.outlookWork.value = 'stopped'
        }}
      >
        Stop
      </button>
    </p>
  )
}
