import type { JSX } from 'preact'
import { zoneColour } from '../map/palette'
import type { ZoneView } from '../protocol/timeline'
import type { App } from '../state/app'
import { Card } from './card'
import { hexText, sizeText } from './words'

/** Zones that have a span now or had one at the beginning. */
function shownZones(
  before: readonly ZoneView[],
  now: readonly ZoneView[],
): readonly (readonly [ZoneView, ZoneView])[] {
  return now.flatMap((zone) => {
    const was = before.find((each) => each.node === zone.node && each.name === zone.name) ?? zone
    return was.spanned > 0 || zone.spanned > 0 ? [[was, zone] as const] : []
  })
}

/** Where zones begin and end, and how much of it is theirs. */
export function ZonesCard({ app }: { readonly app: App }): JSX.Element | null {
  const [timeline, now, machine] = [app.timeline.value, app.now.value, app.machine.value]
  if (timeline === null || now === null || machine === null) return null
  const zones = shownZones(timeline.zones[0] ?? [], timeline.zones[now.zones] ?? [])
  const end = Math.max(
    1,
    ...zones.flatMap((pair) => pair.map(({ start, spanned }) => start + spanned)),
  )
  return (
    <Card title="Zones and their spans" class="zones">
      <ul>
        {zones.slice(0, 24).map(([was, is]) => (
          <ZoneLine
            key={`${is.node}/${is.name}`}
            was={was}
            is={is}
            end={end}
            app={app}
            pageBytes={machine.pageBytes}
          />
        ))}
      </ul>
    </Card>
  )
}

function ZoneLine(props: {
  readonly was: ZoneView
  readonly is: ZoneView
  readonly end: number
  readonly app: App
  readonly pageBytes: number
}): JSX.Element {
  const { was, is, end, app, pageBytes } = props
  const place = ({ start, spanned }: ZoneView): { left: string; width: string } => ({
    left: `${(100 * start) / end}%`,
    width: `${(100 * spanned) / end}%`,
  })
  const text =
    is.spanned === 0
      ? 'empty'
      : `${sizeText(is.present * pageBytes)} of a span of ${sizeText(is.spanned * pageBytes)} from ${hexText(is.start * pageBytes)}`
  return (
    <li>
      <b>
        {is.node}/{is.name}
      </b>
      <span class="span" role="img" aria-label={`zone ${is.name} of node ${is.node}: ${text}`}>
        <i class="was" style={place(was)} />
        <i style={{ ...place(is), background: zoneColour(is.name, app.theme.value) }} />
      </span>
      <small>{text}</small>
    </li>
  )
}
