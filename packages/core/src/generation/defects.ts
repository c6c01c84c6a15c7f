import { HotplugError } from '../errors/hotplug-error'
import type { DefectSwitch, SwitchedDefect } from '../model/defect'
import type { Generation, GenerationRules } from '../model/generation'

const RFC9_ALONE = ['rfc9'] as const

/** Defects that can be switched on: in which generations, and what they do to their rules. What each is: docs/defects.md. */
export const DEFECT_SWITCHES: Readonly<Record<SwitchedDefect, DefectSwitch>> = {
  KP2: { kernels: RFC9_ALONE, rules: { mended: { usemap: 'misread' } } },
  D1: { kernels: RFC9_ALONE, rules: { mended: { deviceOffline: 'refused' } } },
  D2: { kernels: RFC9_ALONE, rules: { mended: { deviceSections: 'first' } } },
  D3: { kernels: RFC9_ALONE, rules: { mended: { zoneLeft: 'of-section' } } },
  D4: { kernels: RFC9_ALONE, rules: { mended: { archRefusal: 'ignored' } } },
  D5: { kernels: RFC9_ALONE, rules: { mended: { spanEdge: 'low-nodes' } } },
  D6: { kernels: RFC9_ALONE, rules: { mended: { emptySpan: 'at-0' } } },
  D7: { kernels: RFC9_ALONE, rules: { mended: { splitLeaf: 'zeroed' } } },
  D8: { kernels: RFC9_ALONE, rules: { mended: { basePageCount: 'unsigned' } } },
  D13: { kernels: RFC9_ALONE, rules: { mended: { reusedMemmap: 'stale' } } },
  D14: { kernels: RFC9_ALONE, rules: { mended: { poisonCount: 'kept' } } },
  D18: {
    kernels: RFC9_ALONE,
    rules: { device: { failedRemoval: 'ejected' } },
  },
  D19: { kernels: ['v3.10'], rules: { mended: { freedBootTable: 'wrapped' } } },
  D21: {
    kernels: ['v3.10'],
    rules: { mapping: { emptyTables: 'keep' } },
  },
}

const isSwitched = (id: string): id is SwitchedDefect => Object.hasOwn(DEFECT_SWITCHES, id)

/**
 * A generation with defects of the series of 2012 switched on.
 * @param ids as descriptions name them: `D6`
 * @throws HotplugError BAD_DESCRIPTION for one that cannot be switched on, or that the kernel did not have
 */
export function withDefects(generation: Generation, ids: readonly string[]): Generation {
  const rules = ids.reduce<GenerationRules>(
    (before, id, i) => changed(before, switchOf(generation, { id, place: `defects[${i}]` })),
    generation.rules,
  )
  return ids.length === 0 ? generation : { ...generation, rules }
}

/** Rules as a defect has them. */
export function changed(rules: GenerationRules, defect: DefectSwitch): GenerationRules {
  const groups = Object.entries(defect.rules).map(([group, change]) => [
    group,
    { ...rules[group as keyof GenerationRules], ...change },
  ])
  return { ...rules, ...Object.fromEntries(groups) }
}

function switchOf(
  { name }: Generation,
  { id, place }: { readonly id: string; readonly place: string },
): DefectSwitch {
  const refuse = (what: string): never => {
    throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
  }
  if (!isSwitched(id)) {
    return refuse(`"${id}" cannot be switched on; ${Object.keys(DEFECT_SWITCHES).join(', ')} can.`)
  }
  const found = DEFECT_SWITCHES[id]
  const { kernels } = found
  return kernels.some((kernel) => kernel === name)
    ? found
    : refuse(`${id} is a defect of ${kernels.join(' and ')}, and the kernel is ${name}.`)
}
