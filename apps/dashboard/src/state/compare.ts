// The same removal on another kernel, or another scene's, beside the one that is shown.
import { errorText } from '../error-text'
import type { App, Compared } from './app'
import { sourceOf } from './files'
import { ModelClient } from './model-client'
import { SCENES, sceneCalled } from './scenes'

/** What may be chosen: `kernel:v6.12`, or `scene:power`. */
export interface CompareChoice {
  readonly value: string
  readonly label: string
}

/** Kernels that the model knows, oldest first. */
const KERNELS = ['v6.1', 'v6.12', 'v6.18', 'v7.2', 'v7.3'] as const

/** What the machine can be compared with: other kernels where it has a goal, and stories, which have theirs. */
export function compareChoices(app: App): readonly CompareChoice[] {
  const machine = app.machine.value
  const kernels =
    app.goal.value === null ? [] : KERNELS.filter((kernel) => kernel !== machine?.kernel)
  const stories = SCENES.filter(({ kind, name }) => kind === 'story' && name !== app.scene.value)
  return [
    ...kernels.map((kernel) => ({ value: `kernel:${kernel}`, label: `Linux ${kernel.slice(1)}` })),
    ...stories.map(({ name, title }) => ({ value: `scene:${name}`, label: title })),
  ]
}

/** The same machine on another kernel loses the same memory. */
async function onKernel(client: ModelClient, app: App, kernel: string): Promise<Compared> {
  const { source } = app
  const goal = app.goal.value
  if (source === null || goal === null) throw new Error('Choose first what is to go.')
  await client.ask('open', { source, kernel })
  const timeline = await client.ask('remove', { goal, fault: null })
  return { title: `Linux ${kernel.slice(1)}`, timeline }
}

async function ofScene(client: ModelClient, name: string): Promise<Compared> {
  const scene = sceneCalled(name)
  if (scene === undefined) throw new Error(`No scene is called “${name}”.`)
  const { timeline } = await client.ask('open', { source: await sourceOf(scene) })
  if (timeline === null) throw new Error(`${scene.title} has no story.`)
  return { title: scene.title, timeline }
}

/** Compares with a choice; an empty one ends it. The other model has a worker for itself, as long as it is asked. */
export async function compareWith(app: App, choice: string): Promise<void> {
  app.other.value = null
  if (choice === '') return
  const client = new ModelClient()
  try {
    const [kind = '', name = ''] = choice.split(':')
    app.other.value = await (kind === 'kernel'
      ? onKernel(client, app, name)
      : ofScene(client, name))
  } catch (error) {
    app.error.value = errorText(error)
  } finally {
    client.end()
  }
}
