import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Timeline } from '../protocol/timeline'
import type { App } from '../state/app'
import { Icon, type IconName } from './icon'

/** Play, pause, single steps, and all moments on a line. */
export function Player({ app }: { readonly app: App }): JSX.Element | null {
  const timeline = app.timeline.value
  if (app.goal.value === null && timeline === null) return null
  const last = (timeline?.frames.length ?? 1) - 1
  return (
    <section class="player" aria-label="Player">
      <Buttons app={app} last={last} />
      <div class="track">
        {timeline !== null && <Deeds timeline={timeline} at={app.frame.value} />}
        <input
          type="range"
          min={0}
          max={last}
          value={app.frame.value}
          disabled={timeline === null}
          aria-label="Moment"
          aria-valuetext={momentText(app)}
          onInput={(event) => {
            app.pause()
            app.seek(Number(event.currentTarget.value))
          }}
        />
      </div>
      <label class="speed">
        Speed
        <select
          value={String(app.speed.value)}
          onChange={(event) => {
            app.speed.value = Number(event.currentTarget.value)
          }}
        >
          <option value="2">slow</option>
          <option value="5">normal</option>
          <option value="20">fast</option>
          <option value="60">very fast</option>
        </select>
      </label>
    </section>
  )
}

/** One button. */
interface Button {
  readonly label: string
  readonly icon: IconName
  readonly isOff: boolean
  readonly act: () => void
}

function Buttons({ app, last }: { readonly app: App; readonly last: number }): JSX.Element {
  const hasRun = app.timeline.value !== null
  const isBusy = app.busy.value !== null
  const middle: Button = app.playing.value
    ? { label: 'Pause', icon: 'pause', isOff: false, act: () => app.pause() }
    : { label: 'Play', icon: 'play', isOff: isBusy, act: () => void app.play() }
  const buttons: readonly Button[] = [
    { label: 'To the beginning', icon: 'first', isOff: !hasRun, act: () => app.seek(0) },
    { label: 'One step back', icon: 'back', isOff: !hasRun, act: () => void app.step(-1) },
    middle,
    { label: 'One step on', icon: 'on', isOff: isBusy, act: () => void app.step(1) },
    { label: 'To the end', icon: 'last', isOff: !hasRun, act: () => app.seek(last) },
  ]
  return (
    <div class="buttons">
      {buttons.map((button, index) => (
        <button
          key={index}
          type="button"
          class={button === middle ? 'primary' : ''}
          aria-label={button.label}
          disabled={button.isOff}
          onClick={button.act}
        >
          <Icon name={button.icon} />
        </button>
      ))}
    </div>
  )
}

function momentText(app: App): string {
  const { timeline, now } = app
  const deed = timeline.value?.deeds[now.value?.deed ?? 0]
  const step = now.value?.step
  return `${deed?.title ?? 'before anything'}${step === null || step === undefined ? '' : `: ${step.step} ${step.phase}`}`
}

/** How many moments each deed has; the first of all is before any. */
function momentsOfDeeds({ deeds, frames }: Timeline): readonly number[] {
  const counts = deeds.map(() => 0)
  for (const { deed } of frames.slice(1)) counts[deed] = (counts[deed] ?? 0) + 1
  return counts
}

/** What was done, one stretch each, as long as it has moments. */
function Deeds({
  timeline,
  at,
}: {
  readonly timeline: Timeline
  readonly at: number
}): JSX.Element {
  const { frames, deeds } = timeline
  const counts = useMemo(() => momentsOfDeeds(timeline), [timeline])
  const current = frames[at]?.deed
  return (
    <ol class="deeds" aria-hidden="true">
      {deeds.map((deed, index) => (
        <li
          key={`${index}-${deed.title}`}
          style={{ flexGrow: counts[index] ?? 1 }}
          class={`${deed.outcome} ${deed.isUndo ? 'undo' : ''} ${index === current && at > 0 ? 'current' : ''} ${(deed.differences ?? []).length > 0 ? 'differs' : ''}`}
          title={deed.title}
        >
          <span>{deed.title.replace(' goes offline', '')}</span>
        </li>
      ))}
    </ol>
  )
}
