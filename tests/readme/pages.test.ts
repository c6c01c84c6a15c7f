// The blocks of all pages: none is left out of the tests unseen.
import { expect, it } from 'vitest'
import { blocksOf, PAGES, placeOf } from './blocks'
import { NOT_RUN } from './not-run'

const BLOCKS = PAGES.flatMap(blocksOf)

/** Who tries out a block, by its language. */
const TRIED: Readonly<Record<string, string>> = {
  ts: 'typescript.test.ts',
  sh: 'commands.test.ts',
  yaml: 'typescript.test.ts, as the file that the program beside it reads',
  console: 'apps/cli/tests/shell/docs.test.ts',
  text: 'a reader: it is not for a machine',
}

it.each(BLOCKS.map((block) => [placeOf(block), block] as const))('%s is tried out', (_, block) => {
  expect(Object.keys(TRIED)).toContain(block.language)
  if (block.language === 'console') expect(block.page).toBe('docs/shell.md')
})

it.each(NOT_RUN)('$shows, which does not run, is on a page', ({ shows }) => {
  const shown = BLOCKS.some(({ text }) =>
    typeof shows === 'string'
      ? text.includes(shows)
      : text.split('\n').some((line) => shows.test(line)),
  )
  expect(shown).toBe(true)
})
