import { HotplugError } from '../errors/hotplug-error'
import type { DefectSwitch, SwitchedDefect } from '../model/defect'
import type { Generation, GenerationRules, MendedRules } from '../model/generation'

const unmended =
  (change: Partial<MendedRules>): DefectSwitch['change'] =>
  (rules) => ({ ...rules, mended: { ...rules.mended, ...change } })

const RFC9_ALONE = ['rfc9'] as const

/** Defects that can be switched on: in which generations, and what they do to their rules. What each is: `DEFECTS`. */
export const DEFECT_SWITCHES: Readonly<Record<SwitchedDefect, DefectSwitch>> = {
  KP2: { kernels: RFC9_ALONE, change: unmended({ usemap: 'misread' }) },
  D1: { kernels: RFC9_ALONE, change: unmended({ deviceOffline: 'refused' }) },
  D2: { kernels: RFC9_ALONE, change: unmended({ lmbSections: 'first' }) },
  D3: { kernels: RFC9_ALONE, change: unmended({ zoneLeft: 'of-section' }) },
  D4: { kernels: RFC9_ALONE, change: unmended({ archRefusal: 'ignored' }) },
  D5: { kernels: RFC9_ALONE, change: unmended({ spanEdge: 'low-nodes' }) },
  D6: { kernels: RFC9_ALONE, change: unmended({ emptySpan: 'at-0' }) },
  D7: { kernels: RFC9_ALONE, change: unmended({ splitLeaf: 'zeroed' }) },
  D8: { kernels: RFC9_ALONE, change: unmended({ basePageCount: 'unsigned' }) },
  D13: { kernels: RFC9_ALONE, change: unmended({ reusedMemmap: 'stale' }) },
  D18: {
    kernels: RFC9_ALONE,
    change: (rules) => ({ ...rules, device: { ...rules.device, failedRemoval: 'ejected' } }),
  },
  D19: { kernels: ['v3.10'], change: unmended({ freedBootTable: 'wrapped' }) },
  D21: {
    kernels: ['v3.10'],
    change: (rules) => ({ ...rules, mapping: { ...rules.mapping, emptyTables: 'keep' } }),
  },
}

const isSwitched = (id: string): id is SwitchedDefect => Object.hasOwn(DEFECT_SWITCHES, id)

/**
 * A generation with defects of the series of 2012 switched on.
 * @param ids as descriptions name them: `D6`
 * @throws HotplugError BAD_DESCRIPTION for one that is not known, that is no switch, or that its kernel did not have
 */
export function withDefects(generation: Generation, ids: readonly string[]): Generation {
  const rules = ids.reduce<GenerationRules>(
    (changed, id, i) => switchOf(generation, { id, place: `defects[${i}]` }).change(changed),
    generation.rules,
  )
  return ids.length === 0 ? generation : { ...generation, rules }
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
