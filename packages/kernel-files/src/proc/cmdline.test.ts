import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { extendCmdline, formatCmdline, type KernelParameter, parseCmdline } from './cmdline'

/** Names and values of a command line. */
const read = (cmdline: string): (readonly [string, string | null])[] =>
  parseCmdline(cmdline).map(({ name, value }) => [name, value])

describe('a kernel command line', () => {
  test.each([
    [
      'quiet  mem=1G\n',
      [
        ['quiet', null],
        ['mem', '1G'],
      ],
    ],
    ['', []],
    [
      'a= b=c=d =e',
      [
        ['a', ''],
        ['b', 'c=d'],
        ['=e', null],
      ],
    ],
    [
      'foo="a mem=1G b" "mem=2G"',
      [
        ['foo', 'a mem=1G b'],
        ['mem', '2G'],
      ],
    ],
    [
      'dyndbg="file a.c +p; file b.c" x',
      [
        ['dyndbg', 'file a.c +p; file b.c'],
        ['x', null],
      ],
    ],
    [
      '"a b=c d" "e f"',
      [
        ['a b', 'c d'],
        ['e f', null],
      ],
    ],
    [
      'a=b"c d"e f="',
      [
        ['a', 'b"c d"e'],
        ['f', ''],
      ],
    ],
    ['a="b', [['a', 'b']]],
    ['mem=1G -- mem=2G', [['mem', '1G']]],
    [
      'mem=1G --mem=2G',
      [
        ['mem', '1G'],
        ['--mem', '2G'],
      ],
    ],
  ] as const)('%j is read as the kernel reads it', (text, parameters) => {
    expect(read(text)).toEqual(parameters)
  })

  it('is read as it was written', () => {
    const letters = (characters: string): fc.Arbitrary<string> =>
      fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 8 })
    const parameter: fc.Arbitrary<KernelParameter> = fc
      .record({
        name: letters('ab-_. \t'),
        value: fc.option(fc.oneof(fc.constant(''), letters('ab=,. \n-'))),
      })
      .filter(({ name, value }) => value !== null || name !== '--')
    fc.assert(
      fc.property(fc.array(parameter), (parameters) => {
        expect(parseCmdline(formatCmdline(parameters))).toEqual(parameters)
      }),
    )
  })

  it('gets more parameters before what is init’s, and keeps what it has as it is written', () => {
    const added = [{ name: 'mem', value: '1G' }]
    expect(extendCmdline('a="b  c" d\n', added)).toBe('a="b  c" d mem=1G')
    expect(extendCmdline('quiet -- single', added)).toBe('quiet mem=1G -- single')
    expect(extendCmdline('', added)).toBe('mem=1G')
  })
})
