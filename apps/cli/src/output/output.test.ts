import { describe, expect, it } from 'vitest'
import { type ColourCircumstances, wantsColour } from './colour'
import { noteLine, notesHint } from './notes'
import { renderFields } from './table'

describe('wantsColour', () => {
  const terminal: ColourCircumstances = { flag: undefined, environment: {}, isTerminal: true }

  it('colours on a terminal', () => {
    expect(wantsColour(terminal)).toBe(true)
    expect(wantsColour({ ...terminal, isTerminal: false })).toBe(false)
    expect(wantsColour({ ...terminal, environment: { TERM: 'dumb' } })).toBe(false)
  })

  it('obeys NO_COLOR unless it is empty', () => {
    expect(wantsColour({ ...terminal, environment: { NO_COLOR: '1' } })).toBe(false)
    expect(wantsColour({ ...terminal, environment: { NO_COLOR: '' } })).toBe(true)
  })

  it('obeys FORCE_COLOR before NO_COLOR, and the flag before both', () => {
    const environment = { FORCE_COLOR: '1', NO_COLOR: '1' }
    expect(wantsColour({ flag: undefined, environment, isTerminal: false })).toBe(true)
    expect(wantsColour({ flag: false, environment, isTerminal: true })).toBe(false)
    expect(wantsColour({ ...terminal, environment: { FORCE_COLOR: '0' } })).toBe(false)
  })
})

describe('renderFields', () => {
  it('puts values into one column, also those of several lines', () => {
    expect(
      renderFields([
        ['Name', 'x'],
        ['Longer', 'a\nb'],
      ]),
    ).toBe('Name:   x\nLonger: a\n        b\n')
  })
})

describe('notes', () => {
  it('name the file, how many are like it, and what follows', () => {
    const note = { kind: 'absent', path: '/a', count: 3, message: 'B is unknown.' } as const
    expect(noteLine(note)).toBe('/a and 2 more: absent. B is unknown.')
    expect(noteLine({ ...note, count: 1 })).toBe('/a: absent. B is unknown.')
  })

  it('are hinted at only where there are any', () => {
    expect(notesHint([])).toEqual([])
    const note = { kind: 'masked', path: '/a', count: 1, message: '' } as const
    expect(notesHint([note])[0]).toContain('1 thing is not known')
  })
})
