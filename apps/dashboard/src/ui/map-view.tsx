import { effect } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { blockLegend } from '../map/colour-blocks'
import { slotOf } from '../map/layout'
import { MapController } from '../map/map-controller'
import { type ColourBy, type LegendEntry, pageLegend } from '../map/palette'
import type { App } from '../state/app'
import { BlockTable } from './block-table'
import { blockWords } from './block-words'
import { OutlookWork } from './outlook-work'
import { sizeText } from './words'

const COLOURINGS: readonly (readonly [ColourBy, string])[] = [
  ['outlook', 'Can it go?'],
  ['state', 'State'],
  ['zone', 'Zone'],
  ['node', 'Node'],
  ['device', 'Device'],
]

/** Title of a node's panel: `node 2 · no CPU · 1 GiB`. */
function panelTitle(app: App, id: number): string {
  const machine = app.machine.value
  const node = machine?.nodes.find((each) => each.id === id)
  const cpus =
    node === undefined || node.cpus === 0
      ? 'no CPU'
      : `${node.cpus} CPU${node.cpus === 1 ? '' : 's'}`
  const bytes = (node?.blocks ?? 0) * (machine?.blockBytes ?? 0)
  return `node ${id} · ${cpus}${bytes > 0 ? ` · ${sizeText(bytes)}` : ''}`
}

/** Keeps a controller in step with the state. */
function follow(app: App, controller: MapController): () => void {
  return effect(() => {
    const [columns, machine] = [app.columns.value, app.machine.value]
    if (columns === null || machine === null) return
    const frame = app.frame.value
    const deed = app.timeline.value?.deeds[app.now.value?.deed ?? 0]
    controller.show({
      columns,
      frame,
      by: app.by.value,
      theme: app.theme.value,
      marked: new Set(frame > 0 ? (deed?.blocks ?? []) : []),
      focused: app.focused.value,
      sectionsPerBlock: machine.blockBytes / machine.sectionBytes,
      titleOf: (node) => panelTitle(app, node),
    })
  })
}

/** What the pointer does: drags, turns its wheel, presses. */
function listen(canvas: HTMLCanvasElement, controller: MapController): () => void {
  const ends = new AbortController()
  const on = <Name extends keyof HTMLElementEventMap>(
    name: Name,
    act: (event: HTMLElementEventMap[Name]) => void,
    options: AddEventListenerOptions = {},
  ): void => canvas.addEventListener(name, act, { ...options, signal: ends.signal })
  let drag: { x: number; y: number; far: number } | null = null
  const at = (event: MouseEvent): { x: number; y: number } => ({
    x: event.offsetX,
    y: event.offsetY,
  })
  on('pointerdown', (event) => {
    drag = { x: event.clientX, y: event.clientY, far: 0 }
    canvas.setPointerCapture(event.pointerId)
  })
  on('pointermove', (event) => {
    if (drag === null) {
      controller.point(at(event))
      return
    }
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y]
    drag = { x: event.clientX, y: event.clientY, far: drag.far + Math.abs(dx) + Math.abs(dy) }
    controller.pan(dx, dy)
  })
  on('pointerup', (event) => {
    if (drag !== null && drag.far < 5) controller.press(at(event))
    drag = null
  })
  on('pointerleave', () => controller.point(null))
  on('dblclick', (event) => controller.zoom(2.5, at(event)))
  on(
    'wheel',
    (event) => {
      event.preventDefault()
      controller.zoom(Math.exp(-event.deltaY * 0.0016), at(event))
    },
    { passive: false },
  )
  on('keydown', (event) => {
    if (controller.key(event.key, { shift: event.shiftKey })) event.preventDefault()
  })
  return () => ends.abort()
}

/** The map, its legend, and the same as a table. */
export function MapView({
  app,
  onReady,
}: {
  readonly app: App
  readonly onReady: (controller: MapController) => void
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [controller, setController] = useState<MapController | null>(null)
  const [asTable, setAsTable] = useState(false)
  useEffect(() => {
    const element = canvas.current
    if (element === null) return undefined
    const made = new MapController(element, {
      hovered: (place) => {
        app.hovered.value = place?.block ?? null
      },
      focused: (block) => {
        app.focused.value = block
      },
      ask: (block, frame) => app.client.ask('cells', { block, frame }),
    })
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) made.resize(entry.contentRect.width, entry.contentRect.height)
    })
    observer.observe(element)
    const ends = [follow(app, made), listen(element, made), () => observer.disconnect()]
    setController(made)
    onReady(made)
    return () => {
      for (const end of ends) end()
    }
  }, [app])
  return (
    <section class="map" aria-label="Map of the memory">
      <MapTools app={app} controller={controller} asTable={asTable} setAsTable={setAsTable} />
      <div class="map-stage">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="application"
          aria-label="Memory blocks. Arrow keys go from block to block, Enter shows pages, plus and minus zoom, 0 shows all."
          aria-describedby="map-focus"
        />
        {asTable && <BlockTable app={app} />}
        <Told app={app} />
      </div>
      <OutlookWork app={app} />
      <Legend app={app} />
    </section>
  )
}

function MapTools(props: {
  readonly app: App
  readonly controller: MapController | null
  readonly asTable: boolean
  readonly setAsTable: (on: boolean) => void
}): JSX.Element {
  const { app, controller, asTable, setAsTable } = props
  return (
    <div class="map-tools">
      <fieldset class="segmented">
        <legend>Colour by</legend>
        {COLOURINGS.map(([by, label]) => (
          <label key={by} class={app.by.value === by ? 'on' : ''}>
            <input
              type="radio"
              name="colouring"
              checked={app.by.value === by}
              onChange={() => {
                app.by.value = by
              }}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <div class="zoom">
        <button type="button" aria-label="Farther" onClick={() => controller?.zoom(1 / 1.5)}>
          −
        </button>
        <button type="button" aria-label="Nearer" onClick={() => controller?.zoom(1.5)}>
          +
        </button>
        <button type="button" onClick={() => controller?.fit()}>
          Show all
        </button>
        <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          As a table
        </button>
      </div>
    </div>
  )
}

/** What is under the pointer, or in the focus: for eyes and for screen readers. */
function Told({ app }: { readonly app: App }): JSX.Element | null {
  const block = app.hovered.value ?? app.focused.value
  // The moment decides what is told of the block.
  void app.frame.value
  const columns = app.columns.value
  const words =
    block === null || columns === null
      ? null
      : blockWords(app, block, slotOf(columns.layout, block))
  return (
    <div id="map-focus" class={`told ${words === null ? 'told-empty' : ''}`} aria-live="polite">
      {words !== null && (
        <>
          <strong>{words.name}</strong>
          <span>{words.what}</span>
          <span class="mono">{words.range}</span>
          {words.verdict !== '' && <span>{words.verdict}</span>}
        </>
      )}
    </div>
  )
}

function Legend({ app }: { readonly app: App }): JSX.Element | null {
  const columns = app.columns.value
  if (columns === null) return null
  void app.frame.value
  return (
    <div class="legends">
      <LegendList label="Blocks" entries={blockLegend(columns, app.by.value, app.theme.value)} />
      <details class="legend-pages">
        <summary>Pages, when near</summary>
        <LegendList label="Pages" entries={pageLegend(app.theme.value)} />
      </details>
    </div>
  )
}

const LegendList = ({
  label,
  entries,
}: {
  readonly label: string
  readonly entries: readonly LegendEntry[]
}): JSX.Element => (
  <ul class="legend" aria-label={`What the colours of ${label.toLowerCase()} mean`}>
    {entries.map((entry) => (
      <li key={entry.label}>
        <i style={{ background: entry.colour }} aria-hidden="true" />
        {entry.label}
      </li>
    ))}
  </ul>
)
