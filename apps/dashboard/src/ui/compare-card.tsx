import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Timeline } from '../protocol/timeline'
import type { App, Compared } from '../state/app'
import { compareChoices, compareWith, learnArchs } from '../state/compare'
import { AlignedSteps, type Pair, TitleHeads } from './aligned-steps'
import { Card } from './card'
import { linesOf } from './structures-card'
import { outcomeWords } from './words'

/** The removal beside the same on another kernel, on another architecture, or beside another scene's. */
export function CompareCard({ app }: { readonly app: App }): JSX.Element | null {
  const timeline = app.timeline.value
  const [machine, other] = [app.machine.value, app.other.value]
  const isShown = timeline !== null
  useEffect(() => {
    if (isShown) void learnArchs(app)
  }, [app, isShown])
  if (timeline === null || machine === null) return null
  const titles = ({ title }: Compared): Pair<string> => [
    `${machine.arch}, Linux ${machine.kernel.replace(/^v/, '')}`,
    title,
  ]
  return (
    <Card title="Side by side" class="compare">
      <label class="size-choice">
        <span>with</span>
        <select value="" onChange={(event) => void compareWith(app, event.currentTarget.value)}>
          <option value="">{other === null ? 'nothing' : other.title}</option>
          {compareChoices(app).map(({ title, choices }) => (
            <optgroup key={title} label={title}>
              {choices.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      {other !== null && (
        <>
          <Comparison titles={titles(other)} timelines={[timeline, other.timeline]} />
          <AlignedSteps app={app} titles={titles(other)} timelines={[timeline, other.timeline]} />
        </>
      )}
    </Card>
  )
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
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">
            <span class="quiet">counted</span>
          </th>
          <TitleHeads titles={titles} />
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
            <td>{right.get(name) ?? '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
