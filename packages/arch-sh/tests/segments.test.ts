// Segments and the privileged mapping buffer. Numbers: series, sections 5.0 and 5.6.
import {
  addMemory,
  createMachine,
  fingerprint,
  GENERATIONS,
  GIB,
  MIB,
  nodeId,
  physAddr,
  refusalOf,
  removeMemory,
} from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { type ShOptions, sh } from '../src/index'

const boot = (archOptions: Partial<ShOptions>, start = 0) =>
  createMachine(
    {
      arch: 'sh',
      archOptions,
      kernel: 'rfc9',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start, end: start + 192 * MIB, node: 0 }],
    },
    { archs: [sh], drivers: [], kernels: GENERATIONS },
  )

const block = (nr: number) => ({
  start: physAddr(nr * 64 * MIB),
  end: physAddr((nr + 1) * 64 * MIB),
})

describe('with 29 bits', () => {
  test('a section takes pages for its struct pages, and gives them back', () => {
    const machine = boot({})
    const before = fingerprint(machine)
    addMemory(machine, { range: block(7), nodeId: nodeId(0) })
    const { memmap } = machine.state.journal.mappings.at(-1)?.change ?? {}
    // 16,384 struct pages of 32 bytes.
    expect(memmap?.framePages.allocator).toBe(128)
    removeMemory(machine, { range: block(7) })
    expect(fingerprint(machine)).toBe(before)
    checkInvariants(machine)
  })

  test('nothing beyond segment P1 can be added', () => {
    const refusal = refusalOf(() => addMemory(boot({}), { range: block(8), nodeId: nodeId(0) }))
    expect(refusal).toMatchObject({ code: 'ADDRESS_OUT_OF_REACH', errno: 'E2BIG' })
  })
})

describe('with the privileged mapping buffer', () => {
  const machine = boot({ addressing: 'pmb' }, GIB)
  const { direct } = machine.arch.mapping
  const bytesAt = (address: number) =>
    direct.kind === 'fixed' ? direct.translation?.(machine, address) : undefined

  test('memory begins at P1, wherever it is', () => {
    expect(direct).toMatchObject({ kind: 'fixed', base: BigInt(0x8000_0000 - GIB) })
  })

  test('entries are the largest that fit, and hot-added memory has none', () => {
    expect(bytesAt(GIB)).toMatchObject({ start: GIB, bytes: 128 * MIB, place: 'PMB entry 0' })
    expect(bytesAt(GIB + 191 * MIB)).toMatchObject({ start: GIB + 128 * MIB, bytes: 64 * MIB })
    addMemory(machine, { range: block(19), nodeId: nodeId(0) })
    expect(bytesAt(19 * 64 * MIB)).toBeNull()
  })

  test('two segments of 512 MiB are all that there is', () => {
    const range = block(32)
    const refusal = refusalOf(() => addMemory(machine, { range, nodeId: nodeId(0) }))
    expect(refusal).toMatchObject({ errno: 'E2BIG' })
  })
})
