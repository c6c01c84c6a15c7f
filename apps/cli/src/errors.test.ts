import { HotplugError, InvariantViolation } from '@memhp/core'
import { describe, expect, it } from 'vitest'
import { CliError, EXIT, reportError } from './errors'

describe('reportError', () => {
  it('calls a refusal of the machine 1', () => {
    const busy = new HotplugError('UNMOVABLE_PAGE', 'EBUSY', 'block 3: a slab page at pfn 0x300')
    expect(reportError(busy)).toEqual({
      exitCode: EXIT.refused,
      lines: ['memhp: block 3: a slab page at pfn 0x300 (UNMOVABLE_PAGE)'],
    })
  })

  it.each(['BAD_CAPTURE', 'UNKNOWN_VERSION', 'BAD_ARGUMENT', 'NO_SUCH_BLOCK'] as const)(
    'calls %s 2',
    (code) => {
      expect(reportError(new HotplugError(code, 'EINVAL', 'x')).exitCode).toBe(EXIT.badInput)
    },
  )

  it('says what to do where a command knows', () => {
    const error = new CliError('no such thing', { remedy: 'another thing' })
    expect(reportError(error)).toEqual({
      exitCode: EXIT.badInput,
      lines: ['memhp: no such thing', 'Try: another thing'],
    })
  })

  it('advises another user only where a file may not be read', () => {
    const remedyFor = (errno: 'EACCES' | 'EINVAL'): readonly string[] =>
      reportError(new HotplugError('NOT_READABLE', errno, 'f: no')).lines.slice(1)
    expect(remedyFor('EACCES')).toEqual([expect.stringContaining('as a user who may read')])
    expect(remedyFor('EINVAL')).toEqual([])
  })

  it.each([new InvariantViolation('zone 3 has -1 pages'), new TypeError('x is undefined'), 'oops'])(
    'calls %s a bug and asks for a report',
    (error) => {
      const { exitCode, lines } = reportError(error)
      expect(exitCode).toBe(EXIT.bug)
      expect(lines.join('\n')).toContain('Please report it')
      expect(lines.at(-1)).toContain(error instanceof Error ? error.message : error)
    },
  )

  it('cuts what quotes a file at length, and shows what a terminal would obey', () => {
    const [line = ''] = reportError(new CliError(`\u001b[2J${'x'.repeat(1e6)}`)).lines
    expect(line).toMatch(/^memhp: \\x1b\[2Jx+…$/)
    expect(line.length).toBeLessThan(5000)
  })
})
