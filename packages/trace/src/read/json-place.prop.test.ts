import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonFaultPlace } from './json-place'

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const jsonText = fc
  .tuple(fc.jsonValue({ depthSize: 'medium' }), fc.constantFrom(0, 1, '\t'))
  .map(([value, indent]) => JSON.stringify(value, null, indent))

describe('the place where a text stops being JSON', () => {
  test('is not behind a character that JSON has nowhere', () => {
    fc.assert(
      fc.property(jsonText, fc.nat(), fc.constantFrom('\u0001', '\u0000'), (text, at, bad) => {
        const index = at % (text.length + 1)
        const broken = text.slice(0, index) + bad + text.slice(index)
        expect(jsonFaultPlace(broken).offset).toBeLessThanOrEqual(index)
      }),
    )
  })

  test('is the end of a text that ends too early, or the token that it ends in', () => {
    fc.assert(
      fc.property(jsonText, fc.nat(), (text, at) => {
        const cut = text.slice(0, at % (text.length + 1))
        fc.pre(!isJson(cut))
        const { offset } = jsonFaultPlace(cut)
        expect(cut.slice(offset)).toMatch(/^(?:[-+.eE\w]*|\\u?[0-9a-fA-F]{0,3})$/)
      }),
    )
  })

  test('leaves a text before it that some JSON begins with', () => {
    fc.assert(
      fc.property(jsonText, fc.nat(), fc.string({ maxLength: 3 }), (text, at, inserted) => {
        const index = at % (text.length + 1)
        const broken = text.slice(0, index) + inserted + text.slice(index)
        fc.pre(!isJson(broken))
        const { offset } = jsonFaultPlace(broken)
        expect(jsonFaultPlace(broken.slice(0, offset)).offset).toBe(offset)
      }),
    )
  })

  test('counts lines and columns from 1', () => {
    expect(jsonFaultPlace('')).toEqual({ line: 1, column: 1, offset: 0 })
    expect(jsonFaultPlace('{\n "a": 1,\n "b" 2}')).toEqual({ line: 3, column: 6, offset: 16 })
    expect(jsonFaultPlace('[1,]')).toEqual({ line: 1, column: 4, offset: 3 })
    expect(jsonFaultPlace('"a\nb"')).toEqual({ line: 1, column: 3, offset: 2 })
    expect(jsonFaultPlace('{} {}')).toEqual({ line: 1, column: 4, offset: 3 })
  })
})
