// Every injection point of every operation fails once, on every kind of machine. It takes minutes.
import { describe, expect, test } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { chosenMachines, injectionPointsOf } from '../src/index'
import { PLUGINS } from './plugins'
import { type Choice, casesOf, cleanCount, messagesOf, named } from './sweeps'

const KINDS = chosenMachines({ plugins: PLUGINS })

/** The first variant of each architecture with every kernel, and the others with the newest that they have. */
const EACH: readonly Choice[] = KINDS.filter(({ arch, variant, kernel }) => {
  const ofArch = KINDS.filter((each) => each.arch === arch)
  return variant === ofArch[0]?.variant || kernel === ofArch.at(-1)?.kernel
}).map(({ arch, variant, kernel }) => ({ arch, variant, kernel, pairs: 50 }))

/** An ejection in two passes, of which one may fail: what two failures leave. */
const EJECTED: Choice = {
  arch: 'x86_64',
  variant: 'four levels',
  kernel: 'v3.10',
  operation: 'online blocks is ejected',
  pairs: 60,
}

/** LMBs of which the first holds the struct pages of the second: in a kernel zone, which newer kernels are not swept with. */
const HOSTING: Choice = {
  arch: 'ppc64le',
  variant: 'radix, 4 KiB pages',
  kernel: 'v6.12',
  pairs: 20,
}

const ALL: readonly Choice[] = [...EACH, EJECTED, HOSTING]

/**
 * Operations that a machine refuses although nothing fails, and must: what describes the memory lies in it, as page_cgroup
 * tables do in kernels of 2012.
 */
const IMPOSSIBLE =
  /^ppc64le \(.+\): (?:firmware asks|an LMB is removed|LMBs are removed)|^s390x \(EDAT2\): standby memory goes offline/

describe.runIf(THOROUGH)(
  'every injection point fails once, on every kind of machine',
  {
    timeout: 1_800_000,
  },
  () => {
    test.each(named(ALL))('%s', (_, choice) => {
      expect(messagesOf(choice)).toEqual([])
      expect(cleanCount(choice)).toBeGreaterThan(4)
    })

    test('what a point is declared to leave is left somewhere', () => {
      const left = new Set(
        ALL.flatMap(casesOf).flatMap((each) =>
          each.kind === 'clean'
            ? each.faults.flat().flatMap(({ point }) => each.left.map((id) => `${point}: ${id}`))
            : [],
        ),
      )
      const declared = injectionPointsOf().flatMap(({ name, leaves = [] }) =>
        leaves.map((id) => `${name}: ${id}`),
      )
      expect(declared.filter((each) => !left.has(each))).toEqual([])
    })

    test('what no machine of a kind can do is known', () => {
      const impossible = ALL.flatMap(casesOf).flatMap((each) =>
        each.kind === 'impossible' ? `${each.arch} (${each.variant}): ${each.operation}` : [],
      )
      expect(impossible.filter((each) => !IMPOSSIBLE.test(each))).toEqual([])
    })
  },
)
