import { flatView } from '@memhp/trace'
import { captureText } from 'memhp-captures'
import { expect, test } from 'vitest'
import { type Capture, captureTree, parseCapture, serialiseCapture } from '../src/index'

const BLOCK = /\/memory(\d+)(?=\/|$)/

/** A host of the given number of blocks, made from a captured one by repeating one of its blocks. */
function largeHost(blocks: number): Capture {
  const base = parseCapture(captureText('x86_64-one-node'))
  const multiply = <T>(
    entries: Readonly<Record<string, T>>,
    adapt: (value: T, id: number) => T,
  ): Record<string, T> => {
    const of1 = Object.entries(entries).filter(([path]) => BLOCK.exec(path)?.[1] === '1')
    const added: [string, T][] = []
    for (let id = 8; id < blocks; id++) {
      for (const [path, value] of of1) {
        added.push([path.replace(BLOCK, `/memory${id}`), adapt(value, id)])
      }
    }
    return { ...entries, ...Object.fromEntries(added) }
  }
  return {
    ...base,
    files: multiply(base.files, (text, id) =>
      text === '00000001\n' ? `${id.toString(16).padStart(8, '0')}\n` : text,
    ),
    links: multiply(base.links, (target, id) => target.replace(/memory1$/, `memory${id}`)),
    modes: multiply(base.modes, (mode) => mode),
  }
}

const milliseconds = (act: () => void): number => {
  const start = performance.now()
  act()
  return performance.now() - start
}

test('four times the blocks cost about four times, not sixteen times, as much', () => {
  const cost = (blocks: number): number => {
    const text = serialiseCapture(largeHost(blocks))
    const once = (): number =>
      milliseconds(() => {
        flatView(captureTree(parseCapture(text)))
      })
    return Math.min(once(), once(), once())
  }
  expect(cost(8192) / cost(2048)).toBeLessThan(10)
}, 60_000)
