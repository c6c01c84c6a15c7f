import {
  addMemory,
  createMachine,
  type Machine,
  MIB,
  nodeId,
  type PhysRange,
  removeMemory,
} from '@memhp/core'
import { checkArchState } from '@memhp/core/inspect'
import { recordingText, tracePaths } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import { ppc64le } from '../src/index'
import { blocksOf, rangeOf } from './machines'

interface Trace {
  readonly name: string
  readonly arch: string
  readonly machine: { readonly nodes_mib: readonly number[] }
  readonly boot: Readonly<Record<string, string>>
  readonly steps: readonly {
    readonly uevents: readonly string[]
    readonly set: Readonly<Record<string, string>>
  }[]
}

const TRACES: readonly Trace[] = (['ppc64le-radix', 'ppc64le-hash', 'ppc64le-faults'] as const)
  .flatMap(tracePaths)
  .map((path) => JSON.parse(recordingText(path)) as Trace)

const COUNTER = '/proc/meminfo#DirectMap'

const countersIn = (view: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(view).filter(([key]) => key.startsWith(COUNTER)))

const countersOf = (machine: Machine): Record<string, string> =>
  Object.fromEntries(
    (machine.arch.meminfo?.(machine) ?? []).map((line) => {
      const [name = '', text = ''] = line.split(/:\s+/)
      return [`/proc/meminfo#${name}`, text]
    }),
  )

/** A machine as recorded, but for the counters: those it has to work out. */
function boot(trace: Trace): Machine {
  let at = 0
  const ram = trace.machine.nodes_mib.flatMap((mib, node) => {
    const start = at
    at += mib * MIB
    return mib === 0 ? [] : [{ start, end: at, node }]
  })
  const mmu = trace.boot[`${COUNTER}2M`] === undefined ? 'hash' : 'radix'
  return createMachine(
    {
      arch: 'ppc64le',
      archOptions: { mmu },
      nodes: trace.machine.nodes_mib.map((_, id) => ({ id, cpus: id === 0 ? [0] : [] })),
      ram,
    },
    { archs: [ppc64le], drivers: [] },
  )
}

const BLOCK_EVENT = /^(add|remove) \/devices\/system\/memory\/memory(\d+) memory$/

/** Adds and removes the blocks that the recorded kernel did, one by one as DLPAR does. */
function replay(trace: Trace): void {
  const machine = boot(trace)
  const { blockBytes } = machine.geometry
  const expected = countersIn(trace.boot)
  expect(countersOf(machine), trace.name).toEqual(expected)
  const rangeOfBlock = (id: string | undefined): PhysRange =>
    rangeOf(Number(id) * blockBytes, blockBytes)
  trace.steps.forEach((step, i) => {
    for (const event of step.uevents) {
      const [, action, id] = BLOCK_EVENT.exec(event) ?? []
      const range = rangeOfBlock(id)
      if (action === 'add') addMemory(machine, { range, nodeId: nodeId(0) })
      else if (action === 'remove') removeMemory(machine, { range })
    }
    Object.assign(expected, countersIn(step.set))
    expect(countersOf(machine), `${trace.name}, step ${i}`).toEqual(expected)
    checkArchState(machine)
  })
}

describe('as recorded', () => {
  test('there are traces of both MMUs', () => {
    const counted = TRACES.filter((trace) => Object.keys(countersIn(trace.boot)).length > 0)
    expect(counted.length).toBeGreaterThan(0)
    expect(counted.length).toBeLessThan(TRACES.length)
  })

  test.each(TRACES.map((trace) => [trace.name, trace] as const))(
    'DirectMap counters follow every step of %s',
    (_, trace) => replay(trace),
  )

  test.each(TRACES.map((trace) => [trace.name, trace] as const))(
    'the zones and the size of blocks are those of %s',
    (_, trace) => {
      const machine = boot(trace)
      const zones = Object.keys(trace.boot)
        .map((key) => /^\/proc\/zoneinfo#(.*)\/managed$/.exec(key)?.[1])
        .filter((key) => key !== undefined)
      expect([...machine.state.memory.zones.keys()]).toEqual(expect.arrayContaining(zones))
      for (const [key, zone] of machine.state.memory.zones) {
        if (!zones.includes(key)) continue
        const shown = (name: string): string | undefined =>
          trace.boot[`/proc/zoneinfo#${key}/${name}`]
        expect(shown('present')).toBe(String(zone.presentPages))
        expect(shown('spanned')).toBe(String(zone.spannedPages))
      }
      expect(machine.geometry.blockBytes.toString(16)).toBe(
        trace.boot['/sys/devices/system/memory/block_size_bytes'],
      )
      expect(blocksOf(machine, rangeOf(0, 512 * MIB))).toHaveLength(2)
    },
  )
})
