import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { SCENES, type Scene } from '../state/scenes'

/** Ready scenes to choose from. */
export function Gallery(props: {
  readonly isOpen: boolean
  readonly current: string | null
  readonly choose: (scene: Scene) => void
  readonly close: () => void
}): JSX.Element {
  const { isOpen, current, choose, close } = props
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (isOpen && dialog.current?.open === false) dialog.current.showModal()
    if (!isOpen) dialog.current?.close()
  }, [isOpen])
  return (
    <dialog ref={dialog} class="gallery" aria-label="Gallery" onClose={close}>
      <header>
        <h2>Gallery</h2>
        <button type="button" aria-label="Close" onClick={close}>
          ✕
        </button>
      </header>
      <ul>
        {SCENES.map((scene) => (
          <li key={scene.name}>
            <button
              type="button"
              aria-current={scene.name === current}
              onClick={() => choose(scene)}
            >
              <b>{scene.title}</b>
              <span>{scene.about}</span>
              <small>{scene.kind === 'story' ? 'a story' : 'a machine'}</small>
            </button>
          </li>
        ))}
      </ul>
    </dialog>
  )
}
