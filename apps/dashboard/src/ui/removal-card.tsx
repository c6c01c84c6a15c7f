import type { JSX } from 'preact'
import type { DeviceView, GoalWish, Verdict } from '../protocol/machine-view'
import type { PlanView } from '../protocol/timeline'
import type { App } from '../state/app'
import { goalText } from '../state/link'
import { Card } from './card'
import { Icon } from './icon'
import { Remedies } from './remedies'
import { manyText, sizeText, VERDICT_WORDS } from './words'

const SIZES = [256 * 2 ** 20, 512 * 2 ** 20, 2 ** 30, 2 * 2 ** 30, 4 * 2 ** 30, 16 * 2 ** 30]

/** What may be chosen. */
interface Choice {
  readonly goal: GoalWish
  readonly label: string
  readonly aside: string
  readonly verdict: Verdict | null
}

const deviceChoice = ({ name, sizeBytes, verdict }: DeviceView): Choice => ({
  goal: { kind: 'device', device: name },
  label: name,
  aside: `device · ${sizeText(sizeBytes)}`,
  verdict,
})

function choicesOf(app: App): readonly Choice[] {
  const machine = app.machine.value
  if (machine === null) return []
  const nodes = machine.nodes.filter(({ blocks }) => blocks > 0)
  const focused = app.focused.value
  return [
    ...(machine.outlook?.devices ?? []).slice(0, 12).map(deviceChoice),
    ...(nodes.length > 1
      ? nodes.slice(0, 16).map(
          ({ id, blocks }): Choice => ({
            goal: { kind: 'node', node: id },
            label: `node ${id}`,
            aside: sizeText(blocks * machine.blockBytes),
            verdict: null,
          }),
        )
      : []),
    ...(focused === null
      ? []
      : [
          {
            goal: { kind: 'blocks', blocks: [focused] },
            label: `memory${focused}`,
            aside: 'in focus',
            verdict: null,
          } as const,
        ]),
  ]
}

/** What is to go, and what to expect of it. */
export function RemovalCard({ app }: { readonly app: App }): JSX.Element | null {
  const machine = app.machine.value
  if (machine === null) return null
  const goal = app.goal.value
  const chosen = goal === null ? '' : goalText(goal)
  return (
    <Card title="Remove" class="removal">
      <p class="about">{machine.about}</p>
      <p class="reference">Choose here what is to go, or a block on the map.</p>
      <fieldset class="choices" aria-label="What to remove">
        {choicesOf(app).map((choice) => (
          <button
            key={goalText(choice.goal)}
            type="button"
            class={`choice ${choice.verdict ?? ''}`}
            aria-pressed={goalText(choice.goal) === chosen}
            onClick={() => void app.wish(choice.goal)}
          >
            <span>{choice.label}</span>
            <small>{choice.aside}</small>
          </button>
        ))}
        <SizeChoice app={app} />
      </fieldset>
      {app.plan.value !== null && <PlanPart app={app} plan={app.plan.value} />}
    </Card>
  )
}

function SizeChoice({ app }: { readonly app: App }): JSX.Element {
  const goal = app.goal.value
  const [memory, block] = [app.machine.value?.memoryBytes ?? 0, app.machine.value?.blockBytes ?? 1]
  const sizes = SIZES.filter((size) => size < memory && size % block === 0)
  return (
    <label class="size-choice">
      <span>or a size, whichever goes best</span>
      <select
        value={goal?.kind === 'size' ? String(goal.sizeBytes) : ''}
        onChange={(event) => {
          const sizeBytes = Number(event.currentTarget.value)
          if (sizeBytes > 0) void app.wish({ kind: 'size', sizeBytes })
        }}
      >
        <option value="">–</option>
        {sizes.map((size) => (
          <option key={size} value={String(size)}>
            {sizeText(size)}
          </option>
        ))}
      </select>
    </label>
  )
}

const CONFIDENCE = { certain: 'certain', likely: 'quite sure', uncertain: 'a guess' } as const

function PlanPart({ app, plan }: { readonly app: App; readonly plan: PlanView }): JSX.Element {
  const stands = plan.verdict === 'refuses' || plan.verdict === 'stalls'
  // What ran says it better.
  const isOpen = app.timeline.value === null
  return (
    <div class="plan">
      <p class={`verdict ${plan.verdict}`}>
        <b>{capital(VERDICT_WORDS[plan.verdict])}</b> <small>{CONFIDENCE[plan.confidence]}</small>
      </p>
      {isOpen &&
        plan.reasons.map((reason) => (
          <p key={reason} class="reason">
            {reason}
          </p>
        ))}
      {isOpen && plan.remedies.length > 0 && <Remedies remedies={plan.remedies} />}
      {plan.warnings.map((warning) => (
        <p key={warning} class="warning">
          {warning}
        </p>
      ))}
      <details>
        <summary>
          The plan: {manyText(plan.commands.length, 'write')}, {sizeText(plan.sizeBytes)}
        </summary>
        <ol class="plan-steps">
          {plan.commands.map((command, index) => (
            <li key={command} class={index === plan.pointOfNoReturn ? 'no-return' : ''}>
              <code>{command.replace('/sys/devices/system/memory/', '…/')}</code>
            </li>
          ))}
        </ol>
      </details>
      {isOpen && (
        <button
          type="button"
          class="primary"
          disabled={app.busy.value !== null}
          onClick={() => void app.play()}
        >
          <Icon name="play" /> {stands ? 'Try it all the same' : 'Watch it go'}
        </button>
      )}
    </div>
  )
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
