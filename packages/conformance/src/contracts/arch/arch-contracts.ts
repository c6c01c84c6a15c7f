import type { ArchDefinition } from '@memhp/core/plugin'
import type { Contract } from '../contract'
import { accountingContracts } from './accounting'
import { type ArchSuiteOptions, archBench } from './arch-bench'
import { definitionContracts } from './definition'
import { mappingContracts } from './mapping'
import { refusalContracts, refusesToAdd } from './refusal'
import { bootMemoryContracts, removalContracts } from './removal'
import { stateContracts } from './state'

/** What every architecture plugin must keep to, as a list: `testArch` makes tests of it. */
export function archContracts<Options>(
  plugin: ArchDefinition<Options>,
  options: ArchSuiteOptions = {},
): readonly Contract[] {
  const bench = archBench(plugin, options)
  const always = [
    ...definitionContracts(plugin, bench),
    ...mappingContracts(bench),
    ...stateContracts(bench),
  ]
  if (bench.windows().length === 0)
    return [...always, refusesToAdd(bench), ...bootMemoryContracts(bench)]
  return [
    ...always,
    ...accountingContracts(bench),
    ...removalContracts(bench),
    ...refusalContracts(bench),
  ]
}
