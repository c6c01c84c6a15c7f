import { describe, expect, test } from 'vitest'
import { refusalOf } from '../errors/hotplug-error'
import { parseOnlineType } from '../sysfs/parse'
import { generationOf, generationOfRelease, KERNELS } from './generations'
import { RFC9 } from './rfc9'
import { GENERATIONS } from './series-2012'
import { V6_1 } from './v6-1'

describe('a generation', () => {
  test.each(GENERATIONS.map(({ name }) => name))('is found by its name, %s', (name) => {
    expect(generationOf(name, GENERATIONS).name).toBe(name)
  })

  test('that is not known is refused, with those that are', () => {
    expect(refusalOf(() => generationOf('v2.4'))).toMatchObject({
      code: 'BAD_DESCRIPTION',
      message: `Unknown generation "v2.4". Known: ${KERNELS.map(({ name }) => name).join(', ')}. Those of 2012 are known with kernels: GENERATIONS.`,
    })
  })
})

test.each([
  ['4.18.0-477.el8.x86_64', 'v6.1.82'],
  ['5.15.0', 'v6.1.82'],
  ['5.15.152', 'v6.1.82'],
  ['5.15.153', 'v6.1'],
  ['4.19.311', 'v6.1'],
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
  ['7.3.4+deb14-cloud-amd64', 'v7.2'],
])('the kernel %s is nearest to %s', (release, name) => {
  expect(generationOfRelease(release)?.generation.name).toBe(name)
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
