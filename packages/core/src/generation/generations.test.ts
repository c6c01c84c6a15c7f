import { describe, expect, test } from 'vitest'
import { refusalOf } from '../errors/hotplug-error'
import { parseOnlineType } from '../sysfs/parse'
import { DEFAULT_KERNELS, generationOf, generationOfRelease, KERNELS } from './generations'
import { RFC9 } from './rfc9'
import { GENERATIONS } from './series-2012'
import { V6_1 } from './v6-1'

describe('a generation', () => {
  test.each(GENERATIONS.map(({ name }) => name))('is found by its name, %s', (name) => {
    expect(generationOf(name, GENERATIONS).name).toBe(name)
  })

  test('that is not known is refused, with those that are', () => {
    expect(refusalOf(() => generationOf('v2.4', KERNELS))).toMatchObject({
      code: 'BAD_DESCRIPTION',
      message: `Unknown generation "v2.4". Known: ${KERNELS.map(({ name }) => name).join(', ')}. Those of 2012 are known with kernels: GENERATIONS of @memhp/core.`,
    })
  })

  test('that is later than all that are known is refused, with where it is known', () => {
    const refusal = refusalOf(() => generationOf('v6.12', DEFAULT_KERNELS))
    expect(refusal?.message).toContain('Later ones are known with kernels: KERNELS of @memhp/core.')
    expect(refusalOf(() => generationOf('v6.13', GENERATIONS))?.message).toMatch(/v7\.3\.$/)
  })
})

test.each([
  ['4.18.0-477.el8.x86_64', 'v5.10.213'],
  ['5.4.272', 'v5.10.213'],
  ['5.4.273', 'v5.10'],
  ['5.10.213', 'v5.10.213'],
  ['5.10.0-32-cloud-amd64', 'v5.10'],
  ['5.12.0', 'v5.10.213'],
  ['5.13', 'v5.10.213'],
  ['5.14.0', 'v6.1.82'],
  ['5.15.0', 'v6.1.82'],
  ['5.15.152', 'v6.1.82'],
  ['5.15.153', 'v6.1'],
  ['4.19.311', 'v5.10'],
  ['5.14.0-427.el9.x86_64', 'v6.1.82'],
  ['6.1.0', 'v6.1.82'],
  ['6.1.82', 'v6.1.82'],
  ['6.1.83', 'v6.1'],
  ['6.1.100-yocto', 'v6.1'],
  ['6.1.0-56-cloud-amd64', 'v6.1'],
  ['6.1', 'v6.1'],
  ['6.5.13', 'v6.1.82'],
  ['6.6.22', 'v6.1.82'],
  ['6.6.23', 'v6.12'],
  ['6.6', 'v6.12'],
  ['6.7.10-200.fc39.x86_64', 'v6.1.82'],
  ['6.7.11', 'v6.12'],
  ['6.8.1', 'v6.1.82'],
  ['6.8.2', 'v6.12'],
  ['6.8.0-40-generic', 'v6.12'],
  ['6.9.0', 'v6.12'],
  ['6.12.117+deb13-amd64', 'v6.12'],
  ['7.2.13+deb14-s390x', 'v7.2'],
  ['6.14.6', 'v6.12'],
  ['6.16.12+deb13-cloud-amd64', 'v6.16'],
  ['6.17.13+deb13-cloud-amd64', 'v6.17'],
  ['6.17.0-8-generic', 'v6.17'],
  ['6.18.15+deb13-cloud-amd64', 'v6.18'],
  ['7.0.13', 'v7.0'],
  ['7.3.4+deb14-cloud-amd64', 'v7.3'],
  ['7.9.1', 'v7.3'],
])('the kernel %s is nearest to %s', (release, name) => {
  expect(generationOfRelease(release, KERNELS)?.generation.name).toBe(name)
})

test.each([
  ['6.1.170', DEFAULT_KERNELS, 'same'],
  ['5.10.0', DEFAULT_KERNELS, 'nearest'],
  ['6.2', DEFAULT_KERNELS, 'later'],
  ['6.12.117', DEFAULT_KERNELS, 'later'],
  ['7.9', KERNELS, 'nearest'],
] as const)('%s is told from what is known as %s', (release, kernels, match) => {
  expect(generationOfRelease(release, kernels)?.match).toBe(match)
})

describe('a release between those that were looked at', () => {
  test('has what both have that are next to it, and is assumed to be as the older one is in the rest', () => {
    const { generation, match, assumed = [] } = generationOfRelease('6.14.6', KERNELS) ?? {}
    expect([generation?.name, match]).toEqual(['v6.12', 'nearest'])
    expect(assumed.filter(({ arch }) => arch === undefined)).toEqual([
      expect.objectContaining({ name: 'default-offline', isThere: false, asOn: '6.12.117' }),
      expect.objectContaining({ name: 'offline-pages-unflagged', isThere: false }),
      expect.objectContaining({ name: 'dax-cut-told', isThere: false, asOn: '6.12.117' }),
      expect.objectContaining({ name: 'threads-on-node', isThere: false, asOn: '6.12.117' }),
      expect.objectContaining({ name: 'pageblock-types-kept', isThere: false }),
    ])
  })

  test('is known by the name that it has then, and is assumed to have only what no kernel near it was asked for', () => {
    const of617 = generationOfRelease('6.17.13', KERNELS)
    expect(of617?.match).toBe('same')
    expect(of617?.assumed.filter(({ arch }) => arch === undefined).map(({ name }) => name)).toEqual(
      ['threads-on-node', 'pageblock-types-kept'],
    )
    expect(generationOf('v6.17', KERNELS)).toBe(of617?.generation)
    expect(of617?.generation.rules).toMatchObject({
      add: { firstOfNode: 'behind-blocks' },
      notifier: { nodes: 'told' },
      online: { normalMemory: 'as-at-boot' },
    })
  })

  test('that is newer than all is as the newest, and that is told', () => {
    const { match, assumed = [] } = generationOfRelease('7.9', KERNELS) ?? {}
    expect(match).toBe('nearest')
    expect(assumed.map(({ asOn }) => asOn)).toContain('7.3.4')
  })
})

/** What each generation makes of a text written to `state`; null: EINVAL. Source: spec 1.1; series, section 4.3.1. */
test.each([
  ['online\n', 'online', 'online'],
  ['offline', 'offline', 'offline'],
  ['o', 'online', null],
  ['of', 'offline', null],
  ['online garbage\n', 'online', null],
  ['online_movable', 'online', 'online_movable'],
  ['Online', null, null],
  ['o\n', null, null],
])('%j is %s in 2012 and %s in 6.1', (text, in2012, in61) => {
  const wordOf = (generation: typeof V6_1): string | null => {
    let word: string | null = null
    refusalOf(() => {
      word = parseOnlineType(generation.rules.sysfs, text)
    })
    return word
  }
  expect([wordOf(RFC9), wordOf(V6_1)]).toEqual([in2012, in61])
})
