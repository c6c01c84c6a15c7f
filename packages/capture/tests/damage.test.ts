import { HotplugError, refusalOf } from '@memhp/core'
import fc from 'fast-check'
import { captureText } from 'memhp-captures'
import { recordedTraces } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../tests/thorough'
import type { FlatTrace } from '../src/index'
import {
  type Capture,
  fromFlatView,
  parseCapture,
  serialiseCapture,
  strictJson,
} from '../src/index'

const text = captureText('x86_64-three-nodes')
const small = fromFlatView(
  recordedTraces<FlatTrace>()[0]?.[1] ?? { arch: '', kernel: '', boot: {} },
)

test('a key that is there twice is refused with its place', () => {
  const path = '/sys/devices/system/memory/memory0/state'
  const line = `"${path}":"online\\n",\n`
  expect(text).toContain(line)
  const twice = refusal(text.replace(line, `${line}${line.replace('online', 'offline')}`))
  expect(twice?.code).toBe('BAD_CAPTURE')
  expect(twice?.message).toContain(`the key "${path}" is here for the second time`)
  expect(twice?.detail).toMatchObject({ column: 1, line: expect.any(Number) })
})

test('a text that is not JSON is refused as a whole where places are not asked for', () => {
  const error = refusalOf(() => parseCapture(text.slice(0, -5)))
  expect(error).toMatchObject({ code: 'BAD_CAPTURE', detail: { pointer: '' } })
  expect(error?.message).toContain('this is not JSON: SyntaxError')
})

/** The refusal of a text; undefined where it is taken. Anything else that is thrown fails the test. */
function refusal(damagedText: string): HotplugError | undefined {
  try {
    parseCapture(damagedText, { json: strictJson })
    return undefined
  } catch (error) {
    if (error instanceof HotplugError) return error
    throw error
  }
}

const json = (change: (draft: Record<string, unknown>) => void): string => {
  const draft = structuredClone(small) as unknown as Record<string, unknown>
  change(draft)
  return JSON.stringify(draft)
}
const withFile = (path: string, content: string): string =>
  json((draft) => {
    draft.files = { ...small.files, [path]: content }
  })

describe('a damaged capture', () => {
  test('that was cut off is refused with line and column, wherever it was cut', () => {
    for (let end = 0; end < text.length - 2; end += 97) {
      const error = refusal(text.slice(0, end))
      expect(error?.code).toBe('BAD_CAPTURE')
      expect(error?.detail).toEqual({ line: expect.any(Number), column: expect.any(Number) })
    }
  })

  test('in which one character is another is taken, or refused with a place', () => {
    const character = fc.constantFrom('0', 'z', '"', '{', ']', '\\', '\n', '-', ' ', '/')
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), character, (at, other) => {
        const error = refusal(text.slice(0, at) + other + text.slice(at + 1))
        if (error === undefined || error.code === 'UNKNOWN_VERSION') return
        expect(error.code).toBe('BAD_CAPTURE')
        expect('line' in error.detail || 'pointer' in error.detail).toBe(true)
      }),
      { numRuns: draws(300) },
    )
  })

  test('in which any one value has another type is refused with its pointer', () => {
    const places: (string | number)[][] = []
    const collect = (value: unknown, keys: (string | number)[]): void => {
      places.push(keys)
      if (Array.isArray(value)) value.forEach((item, index) => void collect(item, [...keys, index]))
      else if (typeof value === 'object' && value !== null) {
        for (const [key, item] of Object.entries(value).slice(0, 20)) collect(item, [...keys, key])
      }
    }
    collect(small, [])
    const wrong = [null, true, 3.5, [[]], { x: {} }]
    for (const keys of places) {
      for (const replacement of wrong) {
        let draft: unknown = structuredClone(small)
        const last = keys.at(-1)
        if (last === undefined) draft = replacement
        else {
          const parent = keys.slice(0, -1).reduce<unknown>((at, key) => (at as never)[key], draft)
          ;(parent as Record<string | number, unknown>)[last] = replacement
        }
        const error = refusal(JSON.stringify(draft))
        expect(error?.code, keys.join('/')).toBe('BAD_CAPTURE')
        expect(error?.detail.pointer, keys.join('/')).toEqual(expect.any(String))
      }
    }
  })

  const root = '/sys/devices/system/memory'
  const files = (path: string): string => `/files/${path.replaceAll('/', '~1')}`
  test.each<[string, string, string]>([
    [
      'is of another format',
      json((draft) => Object.assign(draft, { format: 'sosreport' })),
      '/format',
    ],
    ['is a list', '[]', ''],
    ['has an unknown field', json((draft) => Object.assign(draft, { extra: 1 })), '/extra'],
    ['has no block size', json((draft) => Object.assign(draft, { files: {} })), '/files'],
    [
      'has a block size that is none',
      withFile(`${root}/block_size_bytes`, '8000001\n'),
      files(`${root}/block_size_bytes`),
    ],
    [
      'has a block with a bad name',
      withFile(`${root}/memory01/state`, 'online\n'),
      files(`${root}/memory01/state`),
    ],
    [
      'has a block in no state',
      withFile(`${root}/memory1/state`, 'asleep\n'),
      files(`${root}/memory1/state`),
    ],
    [
      'has a block with another index',
      withFile(`${root}/memory1/phys_index`, '00000002\n'),
      files(`${root}/memory1/phys_index`),
    ],
    [
      'has zones of another form',
      withFile('/proc/zoneinfo', 'Node 0, zone DMA\n'),
      files('/proc/zoneinfo'),
    ],
    [
      'has iomem read without root',
      withFile('/proc/iomem', '00000000-00000000 : System RAM\n'),
      files('/proc/iomem'),
    ],
    [
      'has a list of nodes that is none',
      withFile('/sys/devices/system/node/online', '0-\n'),
      files('/sys/devices/system/node/online'),
    ],
    ['has a path with dots', withFile('/proc/../etc/passwd', ''), files('/proc/../etc/passwd')],
    ['has a relative path', withFile('proc/version', ''), files('proc/version')],
    ['has a file below a file', withFile('/proc/iomem/x', ''), files('/proc/iomem/x')],
    [
      'has a link that is a file too',
      json((draft) => Object.assign(draft, { links: { '/proc/iomem': '/x' } })),
      '/links/~1proc~1iomem',
    ],
    [
      'has a directory that is a file',
      json((draft) => Object.assign(draft, { directories: ['/proc/iomem'] })),
      '/directories/0',
    ],
    [
      'has pages that do not fill a block',
      json((draft) =>
        Object.assign(draft, {
          pages: { pageBytes: 4096, maxOrder: 10, blocks: [{ id: 0, counts: { free: 1 } }] },
        }),
      ),
      '/pages/blocks/0/counts',
    ],
    [
      'has pages of a block that no file is of',
      json((draft) =>
        Object.assign(draft, {
          pages: { pageBytes: 4096, maxOrder: 10, blocks: [{ id: 999, counts: { free: 1 } }] },
        }),
      ),
      '/pages/blocks/0/id',
    ],
  ])('that %s is refused there', (_, damagedText, pointer) => {
    const error = refusal(damagedText)
    expect(error?.code).toBe('BAD_CAPTURE')
    expect(error?.errno).toBe('EINVAL')
    expect(error?.detail.pointer).toBe(pointer)
  })

  test.each<[string, string, string]>([
    ['a key is missing', json((draft) => void delete draft.tool), '/tool: is missing.'],
    [
      'a key is unknown',
      json((draft) => Object.assign(draft, { cpu: { flags: [], cores: 4 } })),
      '/cpu/cores: this key is not known. Known are: flags, mmu.',
    ],
    [
      'a list stands for a map',
      json((draft) => Object.assign(draft, { links: [] })),
      '/links: must be an object; the list is not.',
    ],
    [
      'a map has a key of every object',
      json((draft) => Object.assign(draft, { modes: { constructor: '644' } })),
      '/modes/constructor: must be an absolute path',
    ],
    [
      'a path is relative',
      withFile('proc/version', ''),
      '/files/proc~1version: must be an absolute path without . and ..; "proc/version" is not.',
    ],
    [
      'a time has a zone',
      json((draft) => Object.assign(draft, { takenAt: '2026-11-22T09:30:00+01:00' })),
      '/takenAt: must be a time in UTC',
    ],
    [
      'a number is too small',
      json((draft) => Object.assign(draft, { pages: { pageBytes: 1, maxOrder: 10, blocks: [] } })),
      '/pages/pageBytes: must be a whole number from 1024 to 16777216; 1 is not.',
    ],
  ])('in which %s is refused in these words', (_, damagedText, words) => {
    expect(refusal(damagedText)?.message).toContain(`capture: ${words}`)
  })

  test('is not repeated in the refusal at length', () => {
    const long = json((draft) => Object.assign(draft, { version: 'x'.repeat(1e6) }))
    expect(refusal(long)?.message.length).toBeLessThan(200)
  })

  test('of another version is refused as such', () => {
    const error = refusal(json((draft) => Object.assign(draft, { version: 2, files: 'new' })))
    expect(error?.code).toBe('UNKNOWN_VERSION')
    expect(error?.detail).toEqual({ version: 2, supported: [1] })
  })
})

describe('limits against hostile files', () => {
  const limited = (limits: Parameters<typeof parseCapture>[1]) => (): Capture =>
    parseCapture(serialiseCapture(small), limits)

  test('hold for the length of the text and the number of entries', () => {
    expect(limited({ textLength: 100 })).toThrow(/more than 100/)
    expect(limited({ entries: 10 })).toThrow(/more than 10/)
    expect(limited({ entries: 100_000 })).not.toThrow()
  })

  test('deep nesting is refused, not followed', () => {
    const deep = '['.repeat(200_000)
    expect(refusal(deep)?.code).toBe('BAD_CAPTURE')
    const closed = `{"format":"memhp-capture","version":1,"files":${deep}${']'.repeat(200_000)}}`
    expect(refusal(closed)?.code).toBe('BAD_CAPTURE')
  })

  test('a file called __proto__ changes nothing', () => {
    const error = refusal(
      '{"format":"memhp-capture","version":1,"__proto__":{"tool":"x"},"files":{"__proto__":"x"}}',
    )
    expect(error?.code).toBe('BAD_CAPTURE')
    expect(({} as { tool?: string }).tool).toBeUndefined()
  })
})
