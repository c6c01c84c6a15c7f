import type { Machine } from '@memhp/core'
import { PAGE_TABLES } from '@memhp/core/plugin'
import { systemRamOf } from './count-resources'
import type { TableCensus } from './count-tables'
import type { Scope } from './scope'

/** Totals of everything outside some memory. */
export interface Remainder {
  readonly sections: number
  readonly firmwareMapEntries: number
  /** Bytes that /proc/iomem calls System RAM. */
  readonly systemRamBytes: number
  /** Bytes that the direct map maps; null where that is not in page tables. */
  readonly directMapBytes: number | null
  /** Other nodes that are online. */
  readonly onlineNodes: readonly number[]
  /** Present pages of other nodes. */
  readonly presentPages: number
}

/** What of the totals belongs to the scope. */
export interface Inside {
  readonly firmwareMap: number
  readonly sections: number
  readonly tables: TableCensus | null
}

function directMapBytes(machine: Machine, tables: TableCensus | null): number | null {
  if (tables === null || machine.arch.mapping.direct.kind !== 'radix') return null
  const { directMapBytes: counters } = PAGE_TABLES.of(machine)
  const all = [...counters.values()].reduce((sum, bytes) => sum + bytes, 0)
  return all - tables.directBytes
}

/** Counts what a machine has outside a scope. */
export function countRemainder(machine: Machine, scope: Scope, inside: Inside): Remainder {
  const { sections, firmwareMap, nodes } = machine.state.memory
  const all = sections.runs.reduce(
    (sum, { start, end }) => sum + end - start,
    sections.separated.size,
  )
  const bytes = systemRamOf(machine, scope)
  const others = [...nodes.values()].filter(({ id }) => !scope.nodes.includes(id))
  return {
    sections: all - inside.sections,
    firmwareMapEntries: firmwareMap.entries.length - inside.firmwareMap,
    systemRamBytes: bytes.all - bytes.inside,
    directMapBytes: directMapBytes(machine, inside.tables),
    onlineNodes: others.filter(({ online }) => online).map(({ id }) => id),
    presentPages: others
      .flatMap(({ zones }) => zones)
      .reduce((sum, { presentPages }) => sum + presentPages, 0),
  }
}
