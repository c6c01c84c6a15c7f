import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { MapController } from '../map/map-controller'
import type { App } from '../state/app'
import { openScene, readFile, shareLink } from '../state/deeds'
import { refreshLive } from '../state/live'
import { CompareCard } from './compare-card'
import { saveMap } from './export-map'
import { Gallery } from './gallery'
import { JournalCard } from './journal-card'
import { LiveCard } from './live-card'
import { MapView } from './map-view'
import { MomentCard } from './moment-card'
import { Player } from './player'
import { PrimerCard } from './primer-card'
import { RemovalCard } from './removal-card'
import { StaysCard } from './stays-card'
import { StructuresCard } from './structures-card'
import { TablesCard } from './tables-card'
import { TopBar } from './top-bar'
import { ZonesCard } from './zones-card'

/** The page. */
export function AppView({ app }: { readonly app: App }): JSX.Element {
  const [gallery, setGallery] = useState(false)
  const [told, setTold] = useState<string | null>(null)
  const file = useRef<HTMLInputElement>(null)
  const map = useRef<MapController | null>(null)
  const isDragging = useDrop(app)
  useSpaceKey(app)
  const actions = {
    showGallery: () => setGallery(true),
    chooseFile: () => file.current?.click(),
    share: () => void shareLink(app).then(setTold),
    exportMap: (format: 'png' | 'svg') => void saveMap(app, format),
  }
  return (
    <div class={`page ${isDragging ? 'dropping' : ''}`}>
      <TopBar app={app} actions={actions} />
      <Notice app={app} told={told} close={() => setTold(null)} />
      <main>
        <MapView
          app={app}
          onReady={(controller) => {
            map.current = controller
          }}
        />
        <div class="side">
          <LiveCard app={app} refresh={() => void refreshLive(app)} />
          <RemovalCard app={app} />
          {/* Of a live machine one wants to know first why it would stay; of a scene, what there is to see. */}
          {app.live.value !== null && <StaysCard app={app} />}
          <PrimerCard app={app} />
          {app.live.value === null && <StaysCard app={app} />}
          <MomentCard app={app} />
          <StructuresCard app={app} />
          <TablesCard app={app} />
          <ZonesCard app={app} />
          <CompareCard app={app} />
          <JournalCard app={app} />
        </div>
      </main>
      <Player app={app} />
      <input
        ref={file}
        type="file"
        hidden
        aria-label="A capture, a scenario or a recorded run"
        accept=".json,.gz,.yaml,.yml"
        onChange={(event) => {
          const [chosen] = event.currentTarget.files ?? []
          if (chosen !== undefined) void readFile(app, chosen)
          event.currentTarget.value = ''
        }}
      />
      <Gallery
        isOpen={gallery}
        current={app.scene.value}
        close={() => setGallery(false)}
        choose={(scene) => {
          setGallery(false)
          void openScene(app, scene.name)
        }}
      />
    </div>
  )
}

/** What is under way, went wrong, or was done. */
function Notice(props: {
  readonly app: App
  readonly told: string | null
  readonly close: () => void
}): JSX.Element {
  const { app, told, close } = props
  const [busy, error] = [app.busy.value, app.error.value]
  return (
    <div class="notices" aria-live="polite">
      {busy !== null && <p class="notice busy">{busy} …</p>}
      {error !== null && (
        <p class="notice error" role="alert">
          {error}{' '}
          <button
            type="button"
            aria-label="Close the message"
            onClick={() => {
              app.error.value = null
            }}
          >
            ✕
          </button>
        </p>
      )}
      {told !== null && (
        <p class="notice">
          {told}{' '}
          <button type="button" aria-label="Close the message" onClick={close}>
            ✕
          </button>
        </p>
      )}
    </div>
  )
}

/** Opens what is dropped on the page. @returns whether something is held over it */
function useDrop(app: App): boolean {
  const [isDragging, setDragging] = useState(false)
  useEffect(() => {
    const ends = new AbortController()
    const options = { signal: ends.signal }
    addEventListener(
      'dragover',
      (event) => {
        event.preventDefault()
        setDragging(true)
      },
      options,
    )
    addEventListener(
      'dragleave',
      (event) => event.relatedTarget === null && setDragging(false),
      options,
    )
    addEventListener(
      'drop',
      (event) => {
        event.preventDefault()
        setDragging(false)
        const [file] = event.dataTransfer?.files ?? []
        if (file !== undefined) void readFile(app, file)
      },
      options,
    )
    return () => ends.abort()
  }, [app])
  return isDragging
}

/** The space bar plays and pauses, comma and full stop step, where nothing else takes the key. */
function useSpaceKey(app: App): void {
  useEffect(() => {
    const ends = new AbortController()
    addEventListener(
      'keydown',
      (event) => {
        const target = event.target as HTMLElement
        if (/^(?:BUTTON|INPUT|SELECT|SUMMARY|DIALOG|A)$/.test(target.tagName)) return
        if (event.key === ' ') {
          event.preventDefault()
          if (app.playing.value) app.pause()
          else void app.play()
        }
        if (event.key === '.') void app.step(1)
        if (event.key === ',') void app.step(-1)
      },
      { signal: ends.signal },
    )
    return () => ends.abort()
  }, [app])
}
