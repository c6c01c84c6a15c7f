import type { DefectSwitch } from '../model/defect'
import type { Generation } from '../model/generation'
import type { GenerationRules } from '../model/generation-rules'
import { refuseDescription } from '../shape/refuse-description'

/**
 * A generation with defects switched on.
 * @param ids as descriptions name them: `D6`
 * @param kernels those that are known: of them is told which had a defect that this one had not
 * @throws HotplugError BAD_DESCRIPTION for one that cannot be switched on, or that the kernel did not have
 */
export function withDefects(
  generation: Generation,
  ids: readonly string[],
  kernels: readonly Generation[],
): Generation {
  const { name, defects = {} } = generation
  const rules = ids.reduce<GenerationRules>((before, id, i) => {
    if (Object.hasOwn(defects, id)) return changed(before, defects[id] ?? {})
    const owners = kernels.filter((each) => Object.hasOwn(each.defects ?? {}, id))
    const of = owners.map((each) => each.name).join(' and ')
    const known = Object.keys(Object.assign({}, ...kernels.map((each) => each.defects))).join(', ')
    return refuseDescription(
      `defects[${i}]`,
      owners.length > 0
        ? `${id} is a defect of ${of}, and the kernel is ${name}.`
        : `"${id}" cannot be switched on; ${known} can.`,
    )
  }, generation.rules)
  return ids.length === 0 ? generation : { ...generation, rules }
}

/** Rules as a defect has them. */
export function changed(rules: GenerationRules, defect: DefectSwitch): GenerationRules {
  const groups = Object.entries(defect).map(([group, change]) => [
    group,
    { ...rules[group as keyof GenerationRules], ...change },
  ])
  return { ...rules, ...Object.fromEntries(groups) }
}
