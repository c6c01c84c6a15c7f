import type { JSX } from 'preact'
import type { App } from '../state/app'
import { Icon } from './icon'
import { manyText, sizeText } from './words'

/** What is opened from the bar. */
interface BarActions {
  readonly showGallery: () => void
  readonly chooseFile: () => void
  readonly share: () => void
  readonly exportMap: (format: 'png' | 'svg') => void
}

interface BarProps {
  readonly app: App
  readonly actions: BarActions
}

/** Title of the machine, and what can be done with the page. */
export function TopBar({ app, actions }: BarProps): JSX.Element {
  const machine = app.machine.value
  return (
    <header class="bar">
      <a class="brand" href="./" aria-label="memhp, start page">
        <Mark /> memhp
      </a>
      <div class="bar-title">
        <h1>{machine?.title ?? 'Memory, and what happens to it'}</h1>
        {machine !== null && (
          <p>
            {machine.arch} · Linux {machine.kernel.replace(/^v/, '')} ·{' '}
            {sizeText(machine.memoryBytes)} in{' '}
            {manyText(machine.memoryBytes / machine.blockBytes, 'block')} of{' '}
            {sizeText(machine.blockBytes)}
          </p>
        )}
      </div>
      <BarButtons app={app} actions={actions} />
    </header>
  )
}

function BarButtons({ app, actions }: BarProps): JSX.Element {
  const dark = app.theme.value === 'dark'
  return (
    <nav class="bar-actions" aria-label="Page">
      <button type="button" onClick={actions.showGallery}>
        Gallery
      </button>
      <button
        type="button"
        onClick={actions.chooseFile}
        title="A capture, a scenario or a recorded run; or drop it on the page"
      >
        Open…
      </button>
      <button
        type="button"
        onClick={actions.share}
        disabled={app.scene.value === null}
        title="Copies a link to this moment"
      >
        Share
      </button>
      <button
        type="button"
        onClick={() => actions.exportMap('png')}
        aria-label="Save the map as PNG"
      >
        PNG
      </button>
      <button
        type="button"
        onClick={() => actions.exportMap('svg')}
        aria-label="Save the map as SVG"
      >
        SVG
      </button>
      <button
        type="button"
        aria-pressed={dark}
        aria-label="Dark colours"
        onClick={() => {
          app.theme.value = dark ? 'light' : 'dark'
        }}
      >
        <Icon name={dark ? 'sun' : 'moon'} />
      </button>
    </nav>
  )
}

/** Blocks, one of them on its way out. */
const Mark = (): JSX.Element => (
  <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
    <rect x="1" y="1" width="8" height="8" rx="1.5" class="mark-stay" />
    <rect x="11" y="1" width="8" height="8" rx="1.5" class="mark-stay" />
    <rect x="1" y="11" width="8" height="8" rx="1.5" class="mark-stay" />
    <rect x="12" y="12" width="7" height="7" rx="1.5" class="mark-go" />
  </svg>
)
