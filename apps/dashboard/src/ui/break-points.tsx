import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Frame, PassedPoint, PointView, Timeline } from '../protocol/timeline'
import type { App } from '../state/app'

interface BreakProps {
  readonly app: App
  readonly now: Frame
  readonly timeline: Timeline
}

/** Where the points are listed. */
const POINTS = 'docs/injection-points.md'

/** What could have failed on the way to this moment, each to be made to fail; or the failure that stands, to be taken back. */
export function BreakPoints({ app, now, timeline }: BreakProps): JSX.Element | null {
  const isBusy = app.busy.value !== null
  const { fault } = timeline
  if (fault !== null)
    return (
      <div class="breaks">
        {app.frame.value === timeline.brokeAt && (
          <p class="warning">
            Here failed: {timeline.points[fault.point]?.what ?? fault.point} (
            <code>{fault.point}</code>).
          </p>
        )}
        <button type="button" class="break" disabled={isBusy} onClick={() => void app.fail(null)}>
          Run it without the failure
        </button>
      </div>
    )
  if (now.points.length === 0) return null
  return (
    <div class="breaks">
      <h3>Break it: what can fail here</h3>
      <ul title={POINTS}>
        {now.points.map((passed) => (
          <BreakPoint
            key={`${now.deed}/${passed.point}/${passed.first}`}
            passed={passed}
            view={timeline.points[passed.point]}
            isBusy={isBusy}
            fail={(pass) => void app.fail({ deed: now.deed, point: passed.point, pass })}
          />
        ))}
      </ul>
    </div>
  )
}

/** One point: which of its passings fails, and what the kernel answers there. */
function BreakPoint(props: {
  readonly passed: PassedPoint
  readonly view: PointView | undefined
  readonly isBusy: boolean
  readonly fail: (pass: number | null) => void
}): JSX.Element {
  const { passed, view, isBusy, fail } = props
  const { point, first, times } = passed
  const [which, setWhich] = useState('0')
  const what = view?.what ?? point
  return (
    <li>
      <span>
        {what}
        <small>
          <code>{point}</code>
          {view !== undefined && <> · {view.errno}</>}
        </small>
      </span>
      {times > 1 && (
        <select
          aria-label={`Which of ${times}: ${what}`}
          value={which}
          onChange={(event) => setWhich(event.currentTarget.value)}
        >
          {Array.from({ length: Math.min(times, MOST_CHOICES) }, (_, index) => (
            <option key={index} value={String(index)}>
              {index + 1} of {times}
            </option>
          ))}
          <option value={EVERY}>every</option>
        </select>
      )}
      <button
        type="button"
        class="break"
        aria-label={`Make it fail: ${what}`}
        disabled={isBusy}
        onClick={() => fail(which === EVERY ? null : first + Number(which))}
      >
        Make it fail
      </button>
    </li>
  )
}

const EVERY = 'every'
/** Passings of a point that are chosen from, one by one. */
const MOST_CHOICES = 32
