import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { parseCommands } from '../../src/shell/parse'
import {
  type Command,
  type CommandList,
  type Redirect,
  ShellSyntaxError,
  type SimpleCommand,
  type Word,
  type WordPart,
} from '../../src/shell/syntax'
import { normalise, unparse } from './unparse'

// Tests share few processors.
vi.setConfig({ testTimeout: 60_000 })

function simple(text: string): SimpleCommand {
  const command = parseCommands(text)[0]?.first.commands[0]
  if (command?.kind !== 'simple') throw new Error(`${text} is not a simple command`)
  return command
}

const word = (text: string): Word | undefined => simple(`x ${text}`).words[1]
const plain = (text: string): WordPart => ({ kind: 'text', text, quoted: false })
const quoted = (text: string): WordPart => ({ kind: 'text', text, quoted: true })
const variable = (name: string, isQuoted: boolean): WordPart => ({
  kind: 'variable',
  name,
  quoted: isQuoted,
})

describe('a word', () => {
  it.each<readonly [string, Word]>([
    ['abc', [plain('abc')]],
    ["'a $b'", [quoted('a $b')]],
    ['"a b"', [quoted('a b')]],
    ['"a\\"b\\x"', [quoted('a"b\\x')]],
    ['a\\ b', [plain('a'), quoted(' '), plain('b')]],
    ['a"b"\'c\'', [plain('a'), quoted('bc')]],
    ['$x', [variable('x', false)]],
    [`\${x}y`, [variable('x', false), plain('y')]],
    ['"$x"', [quoted(''), variable('x', true)]],
    ['$?', [variable('?', false)]],
    ['a$', [plain('a$')]],
    ['a#b', [plain('a#b')]],
    ["''", [quoted('')]],
    ['memory3[2-5]', [plain('memory3[2-5]')]],
  ])('%s', (text, parts) => {
    expect(word(text)).toEqual(parts)
  })

  it('holds commands in $(…)', () => {
    expect(word('a$(b; c "$(d)")')).toMatchObject([
      plain('a'),
      { kind: 'command', quoted: false, list: [{}, {}] },
    ])
  })
})

describe('a line', () => {
  it('is commands, pipelines and lists', () => {
    const [first, second] = parseCommands('a b | c && ! d || e; f')
    expect(first?.first.commands).toHaveLength(2)
    expect(first?.rest.map(({ operator }) => operator)).toEqual(['&&', '||'])
    expect(first?.rest[0]?.pipeline.negated).toBe(true)
    expect(second?.first.commands).toHaveLength(1)
  })

  it('knows redirects, with and without a blank', () => {
    expect(simple('a >b 2> c <d >>e 2>&1 >&2').redirects).toEqual([
      { kind: 'write', fd: 1, target: [plain('b')] },
      { kind: 'write', fd: 2, target: [plain('c')] },
      { kind: 'read', target: [plain('d')] },
      { kind: 'write', fd: 1, target: [plain('e')] },
      { kind: 'duplicate', fd: 2, from: 1 },
      { kind: 'duplicate', fd: 1, from: 2 },
    ])
    expect(simple('echo 2>x').words).toHaveLength(1)
    expect(simple('echo a2>x').words).toHaveLength(2)
  })

  it('sets variables before the first word only', () => {
    const command = simple('a=1 b="2 3" c d=4')
    expect(command.assignments.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(command.words).toEqual([[plain('c')], [plain('d=4')]])
  })

  it('may be a comment, or nothing', () => {
    expect(parseCommands('# a; b')).toEqual([])
    expect(parseCommands(' \n\n')).toEqual([])
    expect(parseCommands('a # b\nc')).toHaveLength(2)
  })

  it('loops and decides, on one line or on several', () => {
    const loop = parseCommands('for i in a b; do c; d; done')
    expect(loop).toEqual(parseCommands('for i in a b\ndo\nc\nd\ndone\n'))
    const choice = parseCommands('if a; then b; elif c; then d; else e; fi')
    expect(choice[0]?.first.commands[0]).toMatchObject({ kind: 'if', branches: [{}, {}] })
  })

  it('may use reserved words as arguments', () => {
    expect(simple('echo for do done in if fi').words).toHaveLength(7)
  })
})

describe('what is not a command', () => {
  it.each([
    ["echo 'a", 'incomplete', 'unterminated quoted string'],
    ['echo "a', 'incomplete', 'unterminated quoted string'],
    ['echo \\', 'incomplete', 'nothing behind the backslash'],
    ['a &&', 'incomplete', 'unexpected end of file'],
    ['a |', 'incomplete', 'unexpected end of file'],
    ['for i in a; do b', 'incomplete', 'unexpected end of file'],
    ['for i in a', 'incomplete', 'unexpected end of file'],
    ['if a; then', 'incomplete', 'unexpected end of file'],
    ['echo $(a', 'incomplete', 'unterminated $('],
    [';', 'wrong', 'unexpected ";"'],
    ['a;;b', 'wrong', 'unexpected ";"'],
    ['| a', 'wrong', 'unexpected "|"'],
    ['a && || b', 'wrong', 'unexpected "||"'],
    ['a & b', 'wrong', 'unexpected "&"'],
    ['a >', 'incomplete', 'unexpected end of file'],
    ['a > > b', 'wrong', 'unexpected ">"'],
    ['a << b', 'wrong', 'unexpected "<<"'],
    ['f() { a; }', 'wrong', 'unexpected "("'],
    ['(a)', 'wrong', 'unexpected "("'],
    ['a)', 'wrong', 'unexpected ")"'],
    ['done', 'wrong', 'unexpected "done"'],
    ['if a; fi', 'wrong', 'unexpected "fi"'],
    ['for 1 in a; do b; done', 'wrong', 'unexpected "1"'],
    ['while a; do b; done', 'wrong', '"while" is not part of this shell'],
    ['echo `a`', 'wrong', 'use $(…)'],
    ['echo $((1+1))', 'wrong', 'there is no arithmetic'],
    [`echo \${a:-b}`, 'wrong', 'bad substitution'],
    ['a 2>&3', 'wrong', 'bad fd number'],
  ])('%s', (text, ending, message) => {
    try {
      parseCommands(text)
      expect.unreachable()
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error
      expect(error.message).toContain(message)
      expect(error.incomplete ? 'incomplete' : 'wrong').toBe(ending)
    }
  })
})

const text = fc.stringMatching(/^w[a-z*?.\-/]{0,5}$/)
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,4}$/)
const simpleWord = fc
  .array(
    fc.oneof(
      text.map(plain),
      fc.string({ maxLength: 6 }).map(quoted),
      fc.tuple(name, fc.boolean()).map(([each, isQuoted]) => variable(each, isQuoted)),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map(normalise)

const few = <T>(each: fc.Arbitrary<T>, minLength: number): fc.Arbitrary<T[]> =>
  fc.array(each, { minLength, maxLength: 2 })
const fd = fc.constantFrom<1 | 2>(1, 2)
const redirect: fc.Arbitrary<Redirect> = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), fd, target: simpleWord }),
  fc.record({ kind: fc.constant('read' as const), target: simpleWord }),
  fc.record({ kind: fc.constant('duplicate' as const), fd, from: fd }),
)

/** Command lists that hold others, so deep. */
function listsOf(depth: number): fc.Arbitrary<CommandList> {
  const inner = depth === 0 ? undefined : listsOf(depth - 1)
  const word: fc.Arbitrary<Word> =
    inner === undefined
      ? simpleWord
      : fc.oneof(
          { weight: 3, arbitrary: simpleWord },
          fc
            .tuple(inner, fc.boolean())
            .map(
              ([commands, isQuoted]): Word => [
                { kind: 'command', list: commands, quoted: isQuoted },
              ],
            ),
        )
  const simpleCommand: fc.Arbitrary<Command> = fc.record({
    kind: fc.constant('simple' as const),
    assignments: few(fc.record({ name, value: fc.oneof(simpleWord, fc.constant([])) }), 0),
    words: few(word, 0).map((words) => [[plain('w')], ...words]),
    redirects: few(redirect, 0),
  })
  const command =
    inner === undefined
      ? simpleCommand
      : fc.oneof(
          { weight: 3, arbitrary: simpleCommand },
          fc.record({ kind: fc.constant('for' as const), name, words: few(word, 0), body: inner }),
          fc.record({
            kind: fc.constant('if' as const),
            branches: few(fc.record({ test: inner, body: inner }), 1),
            otherwise: fc.option(inner),
          }),
        )
  const pipeline = fc.record({ negated: fc.boolean(), commands: few(command, 1) })
  const operator = fc.constantFrom<'&&' | '||'>('&&', '||')
  return few(
    fc.record({
      first: pipeline,
      rest: fc.array(fc.record({ operator, pipeline }), { maxLength: 1 }),
    }),
    1,
  )
}

/** Empty quoted parts beside others say nothing. */
const tidy = (value: CommandList): unknown =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (isWord(each) ? normalise(each) : each)))

const isWord = (value: unknown): value is Word =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((part) => typeof part === 'object' && part !== null && 'quoted' in part)

describe('commands written out and read again', () => {
  it('are the same', () => {
    fc.assert(
      fc.property(listsOf(2), (commands) => {
        expect(tidy(parseCommands(unparse(commands)))).toEqual(tidy(commands))
      }),
      { numRuns: 100 },
    )
  })
})

describe('any text', () => {
  const readOrRefuse = (each: string): void => {
    try {
      parseCommands(each)
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error
    }
  }

  it('is read or refused', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), readOrRefuse))
  })

  it('made of what shells know is read or refused', () => {
    const piece = fc.constantFrom(
      'a',
      ' ',
      '\n',
      ';',
      '&',
      '|',
      '<',
      '>',
      '(',
      ')',
      '$',
      '$(',
      '${',
      '}',
      '"',
      "'",
      '\\',
      '`',
      '#',
      '!',
      'for ',
      ' in ',
      'do ',
      'done',
      'if ',
      'then ',
      'elif ',
      'else ',
      'fi',
      '=',
      '*',
      '[',
      ']',
      '?',
      '2>&1',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => readOrRefuse(pieces.join(''))),
      { numRuns: 1000 },
    )
  })

  it.each([
    '$('.repeat(5000),
    'if '.repeat(5000),
    '! '.repeat(5000),
    "'".repeat(5001),
    '(('.repeat(5000),
  ])('nested deeply is refused', (each) => {
    expect(() => parseCommands(each)).toThrow(ShellSyntaxError)
  })
})
