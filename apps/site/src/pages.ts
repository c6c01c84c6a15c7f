import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A page of the site. */
export interface Page {
  /** The Markdown file, below the root of the repository: `docs/errors.md`. */
  readonly source: string
  /** Below the root of the site: `docs/errors.html`. */
  readonly target: string
  /** What the navigation calls it. */
  readonly label: string
}

/** Pages that stand together in the navigation. */
export interface Group {
  readonly title: string
  readonly pages: readonly Page[]
}

const targetOf = (source: string): string =>
  source === 'README.md'
    ? 'index.html'
    : source.replace(/(^|\/)README\.md$/, '$1index.html').replace(/\.md$/, '.html')

const page = (source: string, label: string): Page => ({ source, label, target: targetOf(source) })

/** A README for each folder that has one. */
const packagesBelow = (root: string, folder: string): readonly Page[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => readdirSync(join(root, folder, name)).includes('README.md'))
    .map((name) => page(`${folder}/${name}/README.md`, name))

const GUIDES: readonly (readonly [source: string, label: string])[] = [
  ['README.md', 'Start'],
  ['docs/shell.md', 'The test procedure, typed in'],
  ['docs/write-a-driver.md', 'Write a driver'],
  ['docs/write-an-architecture.md', 'Write an architecture'],
  ['docs/dictionary.md', 'Dictionary'],
  ['docs/decisions.md', 'Decisions'],
  ['CONTRIBUTING.md', 'Contributing'],
]

const SPECIFICATIONS: readonly (readonly [source: string, label: string])[] = [
  ['docs/spec/hot-remove-series-2012.md', 'The series of 2012'],
  ['docs/spec/linux-6.1-memory-hotplug.md', 'Linux 6.1'],
]

const DATA: readonly (readonly [source: string, label: string])[] = [
  ['scenarios/README.md', 'Scenarios'],
  ['recordings/README.md', 'Recordings'],
  ['captures/README.md', 'Captures'],
  ['mutants/README.md', 'Mutants'],
  ['fuzz/README.md', 'Fuzzer'],
]

/** What everybody finds in the navigation, in its order. Tables are the pages of docs/ that are in no other group. */
export function groupsOf(root: string): readonly Group[] {
  const listed = new Set([...GUIDES, ...SPECIFICATIONS].map(([source]) => source))
  const tables = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md') && !listed.has(`docs/${name}`))
    .sort()
    .map((name) => page(`docs/${name}`, name.slice(0, -3).replaceAll('-', ' ')))
  return [
    { title: 'Guides', pages: GUIDES.map(([source, label]) => page(source, label)) },
    { title: 'Tables', pages: tables },
    {
      title: 'Specifications',
      pages: SPECIFICATIONS.map(([source, label]) => page(source, label)),
    },
    { title: 'Command', pages: packagesBelow(root, 'apps') },
    { title: 'Packages', pages: packagesBelow(root, 'packages') },
    { title: 'Data', pages: DATA.map(([source, label]) => page(source, label)) },
  ]
}
