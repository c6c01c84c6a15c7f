import type { LocalTree } from '@memhp/core'
import { absolutePath, entryAt, isDirectory, realPath } from '../paths'

interface Place {
  readonly tree: LocalTree
  readonly cwd: string
}

type UnaryTest = (operand: string, place: Place) => boolean

/** What a path names with all links followed. */
function found(operand: string, { tree, cwd }: Place): ReturnType<typeof entryAt> {
  const real = operand === '' ? undefined : realPath(tree, absolutePath(cwd, operand))
  return real === undefined ? undefined : entryAt(tree, real)
}

const isLink: UnaryTest = (operand, { tree, cwd }) =>
  entryAt(tree, absolutePath(cwd, operand))?.kind === 'link'

const UNARY: Readonly<Record<string, UnaryTest>> = {
  '-n': (operand) => operand !== '',
  '-z': (operand) => operand === '',
  '-e': (operand, place) => found(operand, place) !== undefined,
  '-f': (operand, place) => found(operand, place)?.kind === 'file',
  '-d': (operand, { tree, cwd }) => isDirectory(tree, absolutePath(cwd, operand)),
  '-h': isLink,
  '-L': isLink,
  '-r': (operand, place) => ((found(operand, place)?.mode ?? 0) & 0o444) !== 0,
  '-w': (operand, place) => ((found(operand, place)?.mode ?? 0) & 0o222) !== 0,
}

const BINARY: Readonly<Record<string, (left: string, right: string) => boolean>> = {
  '=': (left, right) => left === right,
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
}

const NUMERIC: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '-eq': (left, right) => left === right,
  '-ne': (left, right) => left !== right,
  '-lt': (left, right) => left < right,
  '-le': (left, right) => left <= right,
  '-gt': (left, right) => left > right,
  '-ge': (left, right) => left >= right,
}

/** Evaluates what stands behind `test`. @returns what is wrong with it instead */
export function evaluateTest(
  words: readonly string[],
  place: Place,
): boolean | { readonly fault: string } {
  const [first = '', second = '', third = ''] = words
  if (first === '!' && words.length > 1) {
    const result = evaluateTest(words.slice(1), place)
    return typeof result === 'boolean' ? !result : result
  }
  if (words.length === 0) return false
  if (words.length === 1) return first !== ''
  if (words.length === 2) {
    const unary = Object.hasOwn(UNARY, first) ? UNARY[first] : undefined
    return unary === undefined ? { fault: `${first}: unknown operand` } : unary(second, place)
  }
  if (words.length === 3) return compare({ left: first, operator: second, right: third })
  return { fault: `${words[3]}: unknown operand` }
}

function compare(words: {
  readonly left: string
  readonly operator: string
  readonly right: string
}): boolean | { readonly fault: string } {
  const { left, operator, right } = words
  const texts = Object.hasOwn(BINARY, operator) ? BINARY[operator] : undefined
  if (texts !== undefined) return texts(left, right)
  const numbers = Object.hasOwn(NUMERIC, operator) ? NUMERIC[operator] : undefined
  if (numbers === undefined) return { fault: `${operator}: unknown operand` }
  const bad = [left, right].find((text) => !/^\s*-?\d+\s*$/.test(text))
  return bad === undefined ? numbers(Number(left), Number(right)) : { fault: `bad number: ${bad}` }
}
