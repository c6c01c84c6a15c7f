// What a person does with the page as a whole: opens scenes and files, shares a moment.
import { errorText } from '../error-text'
import type { App } from './app'
import { readDropped, sourceOf } from './files'
import { type LinkState, linkFragment, readFragment } from './link'
import { sceneCalled } from './scenes'

/** Opens a scene of the gallery. */
export async function openScene(app: App, name: string): Promise<void> {
  const scene = sceneCalled(name)
  if (scene === undefined) {
    app.error.value = `No scene is called “${name}”. The gallery has all there are.`
    return
  }
  try {
    const isOpen = await app.open(await sourceOf(scene), { scene: name })
    if (isOpen && scene.goal !== undefined) await app.wish(scene.goal)
  } catch (error) {
    app.error.value = errorText(error)
  }
}

/** Opens a file from outside. */
export async function readFile(app: App, file: File): Promise<void> {
  try {
    await app.open({ kind: 'file', name: file.name, text: await readDropped(file) })
  } catch (error) {
    app.error.value = errorText(error)
  }
}

/** Opens what a link says; the first scene where it says nothing. */
export async function openLink(app: App, fragment: string): Promise<void> {
  const link = readFragment(fragment)
  if (link === null) {
    await openScene(app, 'first')
    return
  }
  app.by.value = link.by
  await openScene(app, link.scene)
  if (link.goal !== null) await app.wish(link.goal)
  if (link.ran && (link.goal !== null || link.fault !== null)) await app.run(link.fault)
  if (link.ran) app.seek(link.frame)
}

/** The state as a link says it; null for a machine that is in no link. */
function linkOf(app: App): LinkState | null {
  const scene = app.scene.value
  if (scene === null) return null
  const timeline = app.timeline.value
  return {
    scene,
    goal: app.goal.value,
    frame: app.frame.value,
    by: app.by.value,
    fault: timeline?.fault ?? null,
    ran: timeline !== null,
  }
}

/** Puts a link to this moment into the clipboard, and into the address. @returns what to tell */
export async function shareLink(app: App): Promise<string> {
  const link = linkOf(app)
  if (link === null)
    return 'What was dropped on the page is not put into a link: a capture tells much of a host.'
  const fragment = linkFragment(link)
  history.replaceState(null, '', `#${fragment}`)
  try {
    await navigator.clipboard.writeText(location.href)
    return 'The link is in the clipboard. All of it is behind the #, which is sent to no server.'
  } catch {
    return 'The link is in the address bar.'
  }
}
