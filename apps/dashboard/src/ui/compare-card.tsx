import type { JSX } from 'preact'
import type { Timeline } from '../protocol/timeline'
import type { App } from '../state/app'
import { compareChoices, compareWith } from '../state/compare'
import { Card } from './card'
import { linesOf } from './structures-card'
import { outcomeWords } from './words'

/** The removal beside the same on another kernel, or beside another scene's. */
export function CompareCard({ app }: { readonly app: App }): JSX.Element | null {
  const timeline = app.timeline.value
  const [machine, other] = [app.machine.value, app.other.value]
  if (timeline === null || machine === null) return null
  return (
    <Card title="Side by side" class="compare">
      <label class="size-choice">
        <span>with</span>
        <select value="" onChange={(event) => void compareWith(app, event.currentTarget.value)}>
          <option value="">{other === null ? 'nothing' : other.title}</option>
          {compareChoices(app).map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {other !== null && (
        <Comparison
          titles={[`Linux ${machine.kernel.replace(/^v/, '')}`, other.title]}
          timelines={[timeline, other.timeline]}
        />
      )}
    </Card>
  )
}

type Pair<T> = readonly [T, T]

/** Names of the steps that a timeline takes, each once, in order. */
function stepsOf({ frames }: Timeline): readonly string[] {
  const names = frames.flatMap(({ step }) =>
    step === null ? [] : `${step.operation}: ${step.step}`,
  )
  return [...new Set(names)]
}

/** A structure before and after, in words; and whether any is left. */
function countsOf({ structures }: Timeline): ReadonlyMap<string, string> {
  const [first, last] = [structures[0], structures.at(-1)]
  if (first === undefined || last === undefined) return new Map()
  return new Map(linesOf(first, last).map(({ name, before, now }) => [name, `${before} → ${now}`]))
}

function Comparison({
  titles,
  timelines,
}: {
  readonly titles: Pair<string>
  readonly timelines: Pair<Timeline>
}): JSX.Element {
  const [left, right] = [countsOf(timelines[0]), countsOf(timelines[1])]
  const steps = timelines.map(stepsOf)
  const all = [...new Set(steps.flat())]
  const differing = all.filter((step) => !steps.every((each) => each.includes(step)))
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">
            <span class="quiet">counted</span>
          </th>
          {titles.map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">outcome</th>
          {timelines.map((timeline, index) => (
            <td key={titles[index]}>{outcomeWords(timeline)}</td>
          ))}
        </tr>
        {[...left].map(([name, count]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{count}</td>
            <td>{right.get(name)}</td>
          </tr>
        ))}
        {differing.map((step) => (
          <tr key={step}>
            <th scope="row">{step}</th>
            {steps.map((each, index) => (
              <td key={titles[index]}>{each.includes(step) ? 'taken' : 'not taken'}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
