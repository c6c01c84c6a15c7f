import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ordinaryTexts } from './ordinary-texts'

/** What guests of Debian's kernels printed: recordings/transcripts. */
function recorded(name: string): Readonly<Record<string, string>> {
  const file = new URL(`../../../../recordings/transcripts/${name}.json.gz`, import.meta.url)
  const { capture } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
    readonly capture: { readonly files: Readonly<Record<string, string>> }
  }
  return capture.files
}

/** Lines without their numbers and without what an architecture adds; those of the first zone that has pages. */
function form(text: string): string[] {
  const zone = text.split(/^(?=Node \d+, zone)/m).find((part) => part.includes('per-node stats'))
  return (zone ?? text)
    .split('\n')
    .map((line) =>
      line
        .replace(/^Node 0, zone .*/, '')
        .replace(/ +\d+( kB)?$/, '$1')
        .replace(/protection: .*/, 'protection')
        .trimEnd(),
    )
    .filter((line) => line !== '' && !line.startsWith('DirectMap'))
}

describe.each([
  ['x86_64-5.10', '5.10', []],
  ['x86_64-6.1', '6.1', []],
  ['x86_64-7.3', '7.3', []],
  // Its configuration has CMA, and no memory that has to be accepted.
  ['arm64-6.12', '6.12', ['CmaTotal: kB', 'CmaFree: kB', 'Unaccepted: kB', 'nr_unaccepted']],
] as const)('the texts of a kernel as %s', (name, version, configured) => {
  const texts = ordinaryTexts({ version, nodes: [0] })
  const host = recorded(name)

  it.each(Object.keys(texts))('%s has the lines of the guest in its order', (path) => {
    const others = (lines: readonly string[]): readonly string[] =>
      lines.filter((line) => !configured.some((each) => line.replace(/: +/, ': ').includes(each)))
    expect(others(form(texts[path] ?? ''))).toEqual(others(form(host[path] ?? '')))
  })
})

it('has no texts of kernels that were not recorded', () => {
  expect(ordinaryTexts({ version: '3.10', nodes: [0] })).toEqual({})
})
