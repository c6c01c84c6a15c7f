import picocolors from 'picocolors'
import { describe, expect, it } from 'vitest'
import { wrapText } from '../output/wrap'
import { grouped, joined, labelled, nodesText, pageStyle, plural } from './page-style'

const style = { paint: picocolors.createColors(false), width: 40 }

describe('words of a report', () => {
  it('group digits and count things', () => {
    expect([0, 999, 1000, 1_234_567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567'])
    expect([plural(1, 'block'), plural(2000, 'block')]).toEqual(['1 block', '2,000 blocks'])
  })

  it('join lists as people do', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(joined)).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ])
    expect([nodesText([1]), nodesText([0, 2])]).toEqual(['node 1', 'nodes 0 and 2'])
  })
})

describe('lines of a report', () => {
  it('break at blanks, and keep a word that is too long whole', () => {
    expect(wrapText('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrapText('a /very/long/path b', 6)).toEqual(['a', '/very/long/path', 'b'])
    expect(wrapText('', 5)).toEqual([''])
    expect(wrapText('  a b', 3)).toEqual(['  a', '  b'])
  })

  it('are measured without their colours', () => {
    const red = picocolors.createColors(true).red
    expect(wrapText(`${red('one')} ${red('two')}`, 7)).toHaveLength(1)
  })

  it('hang below their label', () => {
    expect(labelled('room', 'nothing has to move at all, for once', style)).toBe(
      '  room      nothing has to move at all,\n            for once\n',
    )
  })

  it('are as wide as the terminal, within reason', () => {
    const widths = [undefined, 20, 90, 300].map((columns) => pageStyle(style.paint, columns).width)
    expect(widths).toEqual([100, 72, 90, 120])
  })
})
