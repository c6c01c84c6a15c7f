import { describe, expect, test } from 'vitest'
import { LineFault, LineSplitter } from './line-splitter'

const bytes = (text: string): Uint8Array => Buffer.from(text)

describe('lines', () => {
  test('come without their ends, and empty ones not at all', () => {
    const splitter = new LineSplitter({ limitBytes: 100 })
    expect([...splitter.push(bytes('one\r\ntwo\n\n\r\nthree'))]).toEqual(['one', 'two'])
    expect([...splitter.push(bytes('\n'))]).toEqual(['three'])
  })

  test('may be as long as the limit and no longer, in one piece or in many', () => {
    expect([...new LineSplitter({ limitBytes: 4 }).push(bytes('1234\n'))]).toEqual(['1234'])
    expect(() => [...new LineSplitter({ limitBytes: 4 }).push(bytes('12345\n'))]).toThrow(LineFault)
    const splitter = new LineSplitter({ limitBytes: 4 })
    expect([...splitter.push(bytes('123'))]).toEqual([])
    expect(() => [...splitter.push(bytes('45'))]).toThrow('longer than 4 bytes')
  })

  test('that are not UTF-8 are a fault', () => {
    const splitter = new LineSplitter({ limitBytes: 100 })
    expect(() => [...splitter.push(Uint8Array.of(0xc3, 0x0a))]).toThrow('not UTF-8')
  })
})
