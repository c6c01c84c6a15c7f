// s390 in the series of 2012: nothing asks for memory back, so that nothing is written to give it back.

import { s390x } from '@memhp/arch-s390'
import {
  addMemory,
  createMachine,
  GENERATIONS,
  GIB,
  nodeId,
  physAddr,
  refusalOf,
  removeMemory,
} from '@memhp/core'
import { canonicalMemory } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { expect, test } from 'vitest'

/** A machine with a GiB behind its boot memory. */
function withAdded(defects: readonly string[] = []) {
  const machine = createMachine(
    {
      arch: 's390x',
      kernel: 'rfc9',
      defects,
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: 2 * GIB, node: 0 }],
    },
    { archs: [s390x], drivers: [], kernels: GENERATIONS },
  )
  const range = { start: physAddr(2 * GIB), end: physAddr(2 * GIB + GIB) }
  addMemory(machine, { range, nodeId: nodeId(0) })
  return { machine, range }
}

test('vector 8.5.3 2012/S-2: a removal is refused, and blocks, resources, mapping and node stay', () => {
  const { machine, range } = withAdded()
  const before = canonicalMemory(machine)
  const refusal = refusalOf(() => removeMemory(machine, { range }))
  expect(refusal).toMatchObject({ code: 'REMOVE_UNSUPPORTED', errno: 'EBUSY' })
  expect(canonicalMemory(machine)).toEqual(before)
  checkInvariants(machine)
})

test('vector 8.5.3 2012/S-3: as written (D4) it reports success, and blocks, resources and node stay all the same', () => {
  const { machine, range } = withAdded(['D4'])
  const { blocks, resources, nodes } = machine.state.memory
  const before = structuredClone([blocks, resources, nodes])
  expect(refusalOf(() => removeMemory(machine, { range }))).toBeUndefined()
  expect([blocks, resources, nodes]).toEqual(before)
  checkInvariants(machine)
})
