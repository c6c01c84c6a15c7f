import { join } from 'node:path'
import { PLUGINS } from '../packages/platforms/src/index'
import {
  actionText,
  everyKernel,
  parseScenario,
  runOnKernels,
  type SharedStory,
} from '../packages/scenario/src/index'
import { readText } from './workspace'

const SCENARIO = 'scenarios/37-every-kernel.yaml'

const listed = (heading: string, texts: readonly string[]): string =>
  texts.length === 0 ? '' : `${heading}: ${texts.map((text) => `\`${text}\``).join(', ')}. `

function storyLine({ kernels, outcome, uevents, log, platform }: SharedStory, all: number): string {
  const who = kernels.length === all ? 'all kernels' : kernels.join(', ')
  const told = [listed('Uevents', uevents), listed('Log', log), listed('Platform', platform)]
  return `- **${who}**: ${outcome.replace(/\.$/, '')}. ${told.join('')}`.trimEnd()
}

/** docs/side-by-side.md, from the scenario that all kernels run. */
export async function sideBySidePage(): Promise<string> {
  const scenario = parseScenario(readText(SCENARIO), { name: SCENARIO })
  const kernels = everyKernel()
  const { steps, unfit } = await runOnKernels(scenario, kernels, { plugins: PLUGINS })
  const sections = steps.map(({ step: { number, note = '', action }, stories }) => {
    const title = action === undefined ? 'look' : actionText(action)
    const lines = stories.map((story) => storyLine(story, kernels.length - unfit.length))
    return `## ${number}. ${title}\n\n${note.trim()}\n\n${lines.join('\n')}\n`
  })
  return `# The same steps on every kernel

Written by \`pnpm docs:side-by-side\` from [${SCENARIO}](${join('..', SCENARIO)}), by the model, which recordings of these kernels
judge as far as there are any ([kernels](kernels.md)). \`memhp run ${SCENARIO} --kernels all\` prints the same; with \`--changes\` every file that
changed, too.

${sections.join('\n')}`
}
