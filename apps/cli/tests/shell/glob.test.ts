import type { LocalTree } from '@memhp/core'
import { directoryOf, linkTo, readOnly, treeOf } from '@memhp/core/plugin'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expandPattern, matchesPattern } from '../../src/shell/glob'
import { logicalPath, realPath } from '../../src/shell/paths'

const file = readOnly(() => '')
const TREE: LocalTree = treeOf(
  directoryOf({
    sys: directoryOf({
      memory: directoryOf({
        memory9: directoryOf({ state: file, node0: linkTo('../../node/node0') }),
        memory10: directoryOf({ state: file }),
        memory11: directoryOf({}),
        probe: file,
        'a*b': file,
      }),
      node: directoryOf({ node0: directoryOf({ memory9: linkTo('../../memory/memory9') }) }),
      loop: linkTo('loop'),
      absolute: linkTo('/sys/node/node0'),
      dangling: linkTo('nowhere'),
    }),
  }),
)

const expand = (text: string, cwd = '/sys/memory'): readonly string[] =>
  expandPattern(TREE, { parts: [{ text, quoted: false }], cwd })

describe('a pattern', () => {
  it.each([
    ['memory*', ['memory10', 'memory11', 'memory9']],
    ['memory1?', ['memory10', 'memory11']],
    ['memory[0-9]', ['memory9']],
    ['memory1[!0]', ['memory11']],
    ['*/state', ['memory10/state', 'memory9/state']],
    ['/sys/m*/memory9/*', ['/sys/memory/memory9/node0', '/sys/memory/memory9/state']],
    ['../n*', ['../node']],
    ['memory9/node0/*', ['memory9/node0/memory9']],
    ['x*', []],
    ['probe/*', []],
    ['memory1[0', []],
  ])('%s', (text, paths) => {
    expect(expand(text)).toEqual(paths)
  })

  it('that is quoted stands for itself', () => {
    const parts = [
      { text: 'a*', quoted: true },
      { text: '?', quoted: false },
    ]
    expect(expandPattern(TREE, { parts, cwd: '/sys/memory' })).toEqual(['a*b'])
  })

  it('matches as the regular expression that means the same', () => {
    const piece = fc.constantFrom('a', 'b', '1', '*', '?', '[ab]', '[!a]', '[0-9]')
    const asRegExp = (pieces: readonly string[]): RegExp => {
      const parts = pieces.map((each) => {
        if (each === '*') return '.*'
        return each === '?' ? '.' : each.replace('[!', '[^')
      })
      return new RegExp(`^${parts.join('')}$`)
    }
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }),
        fc.stringMatching(/^[ab1]{0,8}$/),
        (pieces, name) => {
          expect(matchesPattern(pieces.join(''), name)).toBe(asRegExp(pieces).test(name))
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('of many stars takes no time', () => {
    expect(matchesPattern(`${'*a'.repeat(500)}b`, 'a'.repeat(5000))).toBe(false)
  })
})

describe('a path', () => {
  it.each([
    ['/', '..', '/'],
    ['/sys', 'memory/../node', '/sys/node'],
    ['/sys', './a//b/.', '/sys/a/b'],
    ['/sys', '/x/../../y', '/y'],
  ])('at %s: %s is %s', (cwd, path, logical) => {
    expect(logicalPath(cwd, path)).toBe(logical)
  })

  it.each([
    ['/sys/memory/memory9/node0/memory9/state', '/sys/memory/memory9/state'],
    ['/sys/absolute/memory9', '/sys/memory/memory9'],
    ['/sys/memory/memory9/node0/..', '/sys/node'],
    ['/', '/'],
    ['/sys/loop', undefined],
    ['/sys/dangling', undefined],
    ['/sys/nothing', undefined],
  ])('%s really is %s', (path, real) => {
    expect(realPath(TREE, path)).toBe(real)
  })
})
