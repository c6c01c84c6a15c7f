import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Timeline } from '../protocol/timeline'
import type { App } from '../state/app'
import { type StepTotal, stepsInLine, stepTotals } from '../steps/align'
import { countText } from './words'

/** Of the removal that is shown, and of what it is compared with. */
export type Pair<T> = readonly [T, T]

/** The heads of a column for each of the two. */
export const TitleHeads = ({ titles }: { readonly titles: Pair<string> }): JSX.Element => (
  <>
    {titles.map((title) => (
      <th key={title} scope="col">
        {title}
      </th>
    ))}
  </>
)

/** The named steps of both, in line: how often each is taken, and what is freed in it. The step of the moment is marked. */
export function AlignedSteps(props: {
  readonly app: App
  readonly titles: Pair<string>
  readonly timelines: Pair<Timeline>
}): JSX.Element {
  const { app, titles, timelines } = props
  const [left, right] = timelines
  const totals = useMemo(() => [stepTotals(left), stepTotals(right)] as const, [left, right])
  const names = useMemo(() => stepsInLine([...totals[0].keys()], [...totals[1].keys()]), [totals])
  const step = app.now.value?.step ?? null
  const current = step === null ? null : `${step.operation}: ${step.step}`
  return (
    <table class="aligned">
      <caption>Steps in line: how often each is taken, and what is freed in it</caption>
      <thead>
        <tr>
          <th scope="col">step</th>
          <TitleHeads titles={titles} />
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name} aria-current={name === current ? 'step' : undefined}>
            <th scope="row">
              <StepName app={app} name={name} first={totals[0].get(name)?.firstFrame} />
            </th>
            {totals.map((each, side) => (
              <td key={titles[side]}>{totalWords(each.get(name))}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** A step that is taken here leads to its first moment. */
function StepName(props: {
  readonly app: App
  readonly name: string
  readonly first: number | undefined
}): JSX.Element {
  const { app, name, first } = props
  if (first === undefined) return <span>{name}</span>
  return (
    <button
      type="button"
      class="as-link"
      onClick={() => {
        app.pause()
        app.seek(first)
      }}
    >
      {name}
    </button>
  )
}

function totalWords(total: StepTotal | undefined): string {
  if (total === undefined) return 'not taken'
  const freed = total.freed.map(({ name, count }) => `${name} −${countText(count)}`)
  return [`${total.times} ×`, ...freed].join(', ')
}
