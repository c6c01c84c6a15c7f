import { fileURLToPath } from 'node:url'
import { SCENES } from '../src/state/scenes'

const ROOT = new URL('../../../', import.meta.url)

/** Files that scenes are made from, as the page asks for them below `scenes/`. */
export const SCENE_FILES: readonly string[] = [...new Set(SCENES.flatMap(({ file }) => file ?? []))]

/** Where a file of a scene lies in the repository. */
export const sceneFileOf = (file: string): string =>
  fileURLToPath(new URL(file.endsWith('.gz') ? `captures/${file}` : `scenarios/${file}`, ROOT))
