import { isHotplugError } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { FakeAgent, type FakeAnswer } from '../../tests/fake-agent'
import type { UeventStream } from '../agent/uevent-stream'
import { type GuestLanes, guestTree } from './guest-tree'

/** What a guest would print for the requests that a tree makes. */
const FILES: Readonly<Record<string, string>> = {
  '/a': 'one\n',
  '/b': 'two\n==> /a <==\nthree',
  '/empty': '',
}

const words = (script: string): string[] =>
  [...script.matchAll(/'([^']*)'/g)].map(([, word = '']) => word)

function answer(script: string): FakeAnswer {
  const paths = words(script)
  const complain = (program: string): string =>
    paths
      .filter((path) => !(path in FILES))
      .map((path) => `${program} '${path}': No such file or directory\n`)
      .join('')
  if (script.startsWith('head')) {
    const known = paths.filter((path) => path in FILES)
    return { stdout: known.map((path) => `==> ${path} <==\n${FILES[path]}`).join('\n'), status: 1 }
  }
  if (script.startsWith('cat')) {
    const stderr = complain("cat: can't open").trimEnd()
    return { stdout: FILES[paths[0] ?? ''] ?? '', stderr, status: stderr === '' ? 0 : 1 }
  }
  const [, ...stated] = paths
  const known = stated.filter((path) => path in FILES || path === '/link')
  const lines = known.map((path) => (path === '/link' ? `a1ff '/link' -> '../a'` : `81a4 ${path}`))
  return { stdout: `${lines.join('\n')}\n`, stderr: complain("stat: can't stat"), status: 1 }
}

function start(): { readonly tree: ReturnType<typeof guestTree>; readonly agent: FakeAgent } {
  const agent = new FakeAgent(answer)
  agent.greet()
  const lanes: GuestLanes = { work: agent.lane, query: agent.lane, uevents: {} as UeventStream }
  return { tree: guestTree(lanes), agent }
}

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (isHotplugError(error) ? `${error.code} ${error.errno}` : error),
  )

describe('the tree of a guest', () => {
  test('reads one file by itself', async () => {
    const { tree, agent } = start()
    expect(await tree.read('/a')).toBe('one\n')
    expect(agent.requests).toEqual(["cat '/a'"])
  })

  test('reads files that are asked for together in one request', async () => {
    const { tree, agent } = start()
    const paths = ['/a', '/b', '/a']
    expect(await Promise.all(paths.map((path) => tree.read(path)))).toEqual([
      'one\n',
      'two\n==> /a <==\nthree',
      'one\n',
    ])
    expect(agent.requests).toHaveLength(1)
  })

  test('asks again about a file that seemed empty, and for the errno of what was not read', async () => {
    const { tree } = start()
    const asked = [tree.read('/empty'), errorOf(tree.read('/none')), tree.read('/a')]
    expect(await Promise.all(asked)).toEqual(['', 'NO_SUCH_FILE ENOENT', 'one\n'])
  })

  test('a path with a newline names nothing, and harms no other', async () => {
    const { tree } = start()
    const asked = [errorOf(tree.read('/a\n/b')), tree.read('/a')]
    expect(await Promise.all(asked)).toEqual(['NO_SUCH_FILE ENOENT', 'one\n'])
  })

  test('tells links from files, and what is not there', async () => {
    const { tree, agent } = start()
    expect(
      await Promise.all([
        tree.lookup('/a'),
        tree.lookup('/link'),
        tree.readlink('/link'),
        tree.lookup('/none'),
        errorOf(tree.readlink('/a')),
        errorOf(tree.readlink('/none')),
      ]),
    ).toEqual([
      { kind: 'file', mode: 0o644 },
      { kind: 'link', mode: 0o777 },
      '../a',
      undefined,
      'NOT_A_LINK EINVAL',
      'NO_SUCH_FILE ENOENT',
    ])
    expect(agent.requests).toHaveLength(1)
  })

  test('many files are split into requests that a terminal can take', async () => {
    const { tree, agent } = start()
    const long = Array.from({ length: 200 }, (_, index) => `/${'x'.repeat(100)}${index}`)
    await Promise.all(long.map((path) => tree.lookup(path)))
    expect(Math.max(...agent.requests.map(({ length }) => length))).toBeLessThan(10_000)
    expect(agent.requests.length).toBeLessThan(10)
  })
})
