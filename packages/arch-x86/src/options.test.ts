import { describe, expect, test } from 'vitest'
import { parseOptions } from './options'

describe('archOptions', () => {
  test('have defaults', () => {
    expect(parseOptions({})).toEqual({
      levels: 4,
      gbpages: true,
      largePages: true,
      structPageBytes: 64,
      hypervisor: true,
    })
    expect(parseOptions({ levels: 5, gbpages: false })).toMatchObject({ levels: 5, gbpages: false })
  })

  test.each([
    [{ levels: 3 }, 'archOptions.levels'],
    [{ levels: '4' }, 'archOptions.levels'],
    [{ gbpages: 1 }, 'archOptions.gbpages'],
    [{ largePages: 0 }, 'archOptions.largePages'],
    [{ hypervisor: 'yes' }, 'archOptions.hypervisor'],
    [{ structPageBytes: 60 }, 'archOptions.structPageBytes'],
    [{ structPageBytes: 104 }, 'archOptions.structPageBytes'],
    [{ structPageBytes: '64' }, 'archOptions.structPageBytes'],
    [{ level: 4 }, 'archOptions.level'],
    [{ toString: 4 }, 'archOptions.toString'],
  ])('that are wrong are named: %o', (options, place) => {
    expect(() => parseOptions(options)).toThrowError(
      expect.objectContaining({ code: 'BAD_DESCRIPTION', detail: { place } }),
    )
  })
})
