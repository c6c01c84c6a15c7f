import type { JSX } from 'preact'
import type { DeedView, Frame, Timeline } from '../protocol/timeline'
import type { App } from '../state/app'
import { noteOf } from '../steps/notes'
import { BreakPoints } from './break-points'
import { Card } from './card'
import { Remedies } from './remedies'
import { outcomeWords } from './words'

const OPERATIONS: Readonly<Record<string, string>> = {
  add: 'Adding memory',
  online: 'Bringing a block online',
  offline: 'Taking a block offline',
  remove: 'Removing memory',
}

/** Where the description of a step stands. */
const SPEC = 'docs/spec/linux-6.1-memory-hotplug.md'

/** What happens at this moment, and where it is written. */
export function MomentCard({ app }: { readonly app: App }): JSX.Element | null {
  const [timeline, now] = [app.timeline.value, app.now.value]
  if (timeline === null || now === null) return null
  const isEnd = app.frame.value === timeline.frames.length - 1
  return (
    <Card
      title="This moment"
      class="moment"
      aside={<span class="count">{`${app.frame.value} of ${timeline.frames.length - 1}`}</span>}
    >
      {isEnd ? (
        <Ending app={app} timeline={timeline} />
      ) : (
        <StepPart app={app} now={now} timeline={timeline} />
      )}
      {app.frame.value > 0 && <BreakPoints app={app} now={now} timeline={timeline} />}
      {now.files.length > 0 && <FileList now={now} />}
    </Card>
  )
}

function Ending({
  app,
  timeline,
}: {
  readonly app: App
  readonly timeline: Timeline
}): JSX.Element {
  const { why, balanced, fault, brokeAt, outcome } = timeline
  return (
    <div class={`ending ${timeline.outcome}`}>
      <p class="verdict">
        <b>{outcomeWords(timeline)}</b>
      </p>
      {fault !== null && brokeAt !== null && outcome === 'removed' && (
        <p>
          It went on although something failed: {timeline.points[fault.point]?.what ?? fault.point}.
        </p>
      )}
      {why !== null && (
        <>
          <p>{why.message}</p>
          {why.errno !== null && (
            <p>
              The write answers <code>{why.errno}</code>.
            </p>
          )}
          <Remedies remedies={why.remedies} />
        </>
      )}
      {balanced === false && (
        <p class="warning">Something that was allocated for the memory did not come back.</p>
      )}
      {brokeAt !== null && (
        <button type="button" onClick={() => app.seek(brokeAt)}>
          Show the moment that failed
        </button>
      )}
    </div>
  )
}

interface MomentProps {
  readonly app: App
  readonly now: Frame
  readonly timeline: Timeline
}

function StepPart({ app, now, timeline }: MomentProps): JSX.Element {
  const deed = timeline.deeds[now.deed]
  if (app.frame.value === 0) return <p>Before anything is done. Press play, or go step by step.</p>
  if (now.step === null) return <DeedPart deed={deed} />
  const { step } = now
  const note = noteOf(step)
  return (
    <div>
      <p class="operation">
        {OPERATIONS[step.operation] ?? step.operation} · {deed?.title}
      </p>
      <h3 class={`step-name ${step.phase}`}>
        {step.step} <span class="phase">{step.phase}</span>
      </h3>
      {note !== undefined && (
        <>
          <p>{note.says}</p>
          <p class="reference">
            <code>{note.source}</code>
            {note.spec !== null && <span title={SPEC}> · specification {note.spec}</span>}
          </p>
        </>
      )}
    </div>
  )
}

/** A deed as a whole. */
function DeedPart({ deed }: { readonly deed: DeedView | undefined }): JSX.Element | null {
  if (deed === undefined) return null
  const { title, command, outcome, errno, message, differences } = deed
  return (
    <div>
      <h3 class="step-name">{title}</h3>
      {command !== null && <code class="command">{command}</code>}
      <p>
        {outcome === 'refused'
          ? `Refused${errno === null ? '' : ` with ${errno}`}: ${message ?? ''}`
          : 'Done.'}
      </p>
      {differences?.map((difference) => (
        <p key={difference} class="warning">
          {difference}
        </p>
      ))}
    </div>
  )
}

function FileList({ now }: { readonly now: Frame }): JSX.Element {
  return (
    <div class="files">
      <h3>Files that changed</h3>
      <ul>
        {now.files.slice(0, 12).map(({ path, before, after }) => (
          <li key={path}>
            <code>{path.replace('/sys/devices/system/', '…/')}</code>{' '}
            {after === null ? (
              <span class="gone">is gone</span>
            ) : before === null ? (
              <span>appears</span>
            ) : (
              <span>
                {before} → <b>{after}</b>
              </span>
            )}
          </li>
        ))}
      </ul>
      {now.files.length > 12 && <p>… and {now.files.length - 12} more</p>}
    </div>
  )
}
