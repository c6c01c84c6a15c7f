// The same removal on another kernel, on another architecture, or another scene's, beside the one that is shown.
import { errorText } from '../error-text'
import type { GoalWish } from '../protocol/machine-view'
import type { Source } from '../protocol/messages'
import type { App, Compared } from './app'
import { sourceOf } from './files'
import { ModelClient } from './model-client'
import { SCENES, sceneCalled } from './scenes'

/** What may be chosen: `kernel:v6.12`, `arch:ppc64le`, or `scene:power`. */
interface CompareChoice {
  readonly value: string
  readonly label: string
}

/** Choices under one heading. */
export interface CompareGroup {
  readonly title: string
  readonly choices: readonly CompareChoice[]
}

/** Kernels that the model knows, oldest first. */
const KERNELS = ['v6.1', 'v6.12', 'v6.18', 'v7.2', 'v7.3'] as const

/** What the machine can be compared with: other kernels and architectures where it has a goal, and stories, which have theirs. */
export function compareChoices(app: App): readonly CompareGroup[] {
  const machine = app.machine.value
  const kernels =
    app.goal.value === null ? [] : KERNELS.filter((kernel) => kernel !== machine?.kernel)
  const stories = SCENES.filter(({ kind, name }) => kind === 'story' && name !== app.scene.value)
  const archs =
    app.goal.value === null ? [] : app.archs.value.filter((arch) => arch !== machine?.arch)
  const groups = [
    {
      title: 'the same machine on another kernel',
      choices: kernels.map((kernel) => ({
        value: `kernel:${kernel}`,
        label: `Linux ${kernel.slice(1)}`,
      })),
    },
    {
      title: 'a machine like it of another architecture',
      choices: archs.map((arch) => ({ value: `arch:${arch}`, label: arch })),
    },
    {
      title: 'another scene',
      choices: stories.map(({ name, title }) => ({ value: `scene:${name}`, label: title })),
    },
  ]
  return groups.filter(({ choices }) => choices.length > 0)
}

/** Learns which architectures there are to compare with, once. */
export async function learnArchs(app: App): Promise<void> {
  if (app.archs.value.length > 0) return
  try {
    app.archs.value = await app.client.ask('archs', {})
  } catch (error) {
    app.error.value = errorText(error)
  }
}

/** The machine, and what is to go of it. @throws Error where nothing was chosen */
function chosenIn(app: App): { readonly source: Source; readonly goal: GoalWish } {
  const { source } = app
  const goal = app.goal.value
  if (source === null || goal === null) throw new Error('Choose first what is to go.')
  return { source, goal }
}

/** The same machine on another kernel loses the same memory. */
async function onKernel(client: ModelClient, app: App, kernel: string): Promise<Compared> {
  const { source, goal } = chosenIn(app)
  await client.ask('open', { source, kernel })
  const timeline = await client.ask('remove', { goal, fault: null })
  return { title: `Linux ${kernel.slice(1)}`, timeline }
}

/** A machine like it, of another architecture, loses the memory that stands for the same. */
async function onArch(client: ModelClient, app: App, arch: string): Promise<Compared> {
  const { source, goal } = chosenIn(app)
  const { kernel, blockBytes, timeline } = await client.ask('elsewhere', { source, arch, goal })
  const title = `${arch}, Linux ${kernel.replace(/^v/, '')}, blocks of ${blockBytes / 2 ** 20} MiB`
  return { title, timeline }
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
    const made =
      kind === 'kernel'
        ? onKernel(client, app, name)
        : kind === 'arch'
          ? onArch(client, app, name)
          : ofScene(client, name)
    app.other.value = await made
  } catch (error) {
    app.error.value = errorText(error)
  } finally {
    client.end()
  }
}
