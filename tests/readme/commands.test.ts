// Every line for a shell on every page: it runs with the built command, or its flags are ones that the command has.
import { execFile } from 'node:child_process'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/workspace'
import { THOROUGH } from '../thorough'
import { blocksIn } from './blocks'
import { whyNotRun } from './not-run'
import { makeProject, writeSysroot } from './project'

interface Line {
  readonly place: string
  readonly page: string
  readonly text: string
}

const LINES: readonly Line[] = blocksIn('sh').flatMap(({ page, line, text }) =>
  text
    .trimEnd()
    .split('\n')
    .map((each, i) => ({ page, place: `${page}:${line + i}`, text: each })),
)

/** A line without what varies from page to page. */
const command = (text: string): string => text.replace(/^npx |\s+#.*$/g, '').trim()

/** Whether a line leaves a file, which the page's next lines may read. */
const leavesFile = (text: string): boolean => / -o |>/.test(command(text))

/** A line that an earlier page has as well is run there, but for one that leaves a file. */
const RUN = LINES.filter(
  ({ text }, at) =>
    whyNotRun(text) === undefined &&
    (leavesFile(text) || LINES.findIndex((line) => command(line.text) === command(text)) === at),
)
/** All pages with such lines; where time is short, that of the repository. */
const PAGES = [...new Set(RUN.map(({ page }) => page))].filter(
  (page) => THOROUGH || page === 'README.md',
)

/** Files that a page takes for granted. */
const GIVEN: Readonly<Record<string, (project: string) => Promise<void>>> = {
  'apps/cli/README.md': (project) =>
    writeSysroot(join(ROOT, CAPTURE), join(project, 'copy-of-sys-and-proc')),
  'docs/shell.md': async (project) => {
    await copyFile(join(ROOT, CAPTURE), join(project, 'host.json.gz'))
    await copyFile(join(ROOT, 'scenarios/04-refused-eject.yaml'), join(project, 'scenario.yaml'))
    await writeFile(join(project, 'commands.sh'), 'cat /proc/iomem\n')
  },
}
const CAPTURE = 'captures/x86_64-three-nodes.json.gz'

/** Runs a line as someone types it in the project. @returns what it says; its exit code if that is not 0 */
function type(line: string, project: string): Promise<string> {
  const PATH = `${join(project, 'node_modules/.bin')}:${process.env.PATH}`
  return new Promise((resolve) => {
    const child = execFile(
      '/bin/sh',
      ['-c', line],
      { cwd: project, env: { ...process.env, PATH }, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => resolve(error === null ? '' : `${error.code}: ${stdout}${stderr}`),
    )
    child.stdin?.end()
  })
}

// The lines of a page belong together: what one writes, the next may read.
describe.skipIf(process.env.MEMHP_BUILT !== '1').each(PAGES)('on %s', (page) => {
  let project: string
  beforeAll(async () => {
    project = await makeProject()
    await GIVEN[page]?.(project)
  })
  afterAll(async () => rm(project, { recursive: true }))

  it.each(RUN.filter((line) => line.page === page))('$text', async ({ text }) => {
    expect(await type(text, project)).toBe('')
  })
})

/** Not an address that ends so. */
const RUNS_MEMHP = /(?<=^|[\s;|(])memhp (\S+)/

describe('of what does not run', () => {
  const notRun = LINES.filter(({ text }) => RUNS_MEMHP.test(text) && whyNotRun(text) !== undefined)

  it.each(notRun)('$place has flags that the command knows: $text', async ({ text }) => {
    const [, name = ''] = RUNS_MEMHP.exec(text) ?? []
    const source = join(ROOT, `apps/cli/src/commands/${name}.ts`)
    const flags = text.replace(/#.*/, '').match(/--[a-z-]+/g) ?? []
    const known = await readFile(source, 'utf8')
    for (const flag of flags) expect(known).toMatch(new RegExp(`'${flag}[ ']`))
  })
})
