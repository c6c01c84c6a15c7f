import type { NodeId } from '../address/brand'
import { sizeHugePool } from '../huge-pages/pool'
import { directoryOf, readOnly, readWrite } from '../kobject/mount'
import type { Directory, TreeNode } from '../model/directory'
import { hugePageOrders } from '../model/geometry'
import type { Machine } from '../model/machine'
import type { Settings } from '../model/state'
import { findHugePool } from '../section-pages/huge-pool'
import { parseUnsigned } from './parse'

/** `hugepages` of a node, the largest pages first. Source: per_node_hstate_attrs, mm/hugetlb.c 6.1; guests. */
export const hugePagesDirectory = (machine: Machine, nodeId: NodeId): Directory =>
  directoryOf(
    Object.fromEntries(
      hugePageOrders(machine.geometry)
        .toReversed()
        .map((order) => [
          `hugepages-${(2 ** order * machine.geometry.pageBytes) / 1024}kB`,
          poolDirectory(machine, { nodeId, order }),
        ]),
    ),
  )

function poolDirectory(
  machine: Machine,
  which: { readonly nodeId: NodeId; readonly order: number },
): Directory {
  const counts = () => {
    const pool = findHugePool(machine, which)
    const [free, used] = [pool?.free.size ?? 0, pool?.used.size ?? 0]
    return { nr: free + used, free, surplus: pool?.surplus ?? 0 }
  }
  return directoryOf({
    free_hugepages: readOnly(() => `${counts().free}\n`),
    nr_hugepages: readWrite(
      () => `${counts().nr}\n`,
      (text) => sizeHugePool(machine, { ...which, count: parseUnsigned(text, { bits: 64 }) }),
    ),
    surplus_hugepages: readOnly(() => `${counts().surplus}\n`),
  })
}

/** Parameters of huge pages below /proc/sys/vm. */
export function hugePageParameters(machine: Machine): Readonly<Record<string, TreeNode>> {
  const { allocator } = machine.generation.rules
  if (allocator.giganticInMovable === 'never' || machine.geometry.giganticOrder === undefined)
    return {}
  const settings = (): Settings => machine.state.memory.settings
  return {
    '/proc/sys/vm/movable_gigantic_pages': readWrite(
      () => `${settings().movableGiganticPages}\n`,
      (text) => {
        settings().movableGiganticPages = parseInteger(text)
      },
    ),
  }
}

/** A number with a sign, blanks before it and after it. Source: proc_dointvec, kernel/sysctl.c 6.1. */
function parseInteger(text: string): number {
  const [, sign = '', digits = ''] = /^\s*(-?)(\S+)\s*$/.exec(text) ?? []
  const value = parseUnsigned(digits, { bits: 32 })
  return sign === '-' ? -value : value
}
