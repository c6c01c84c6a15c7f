import {
  addMemory,
  blockId,
  createMachine,
  GENERATIONS,
  GIB,
  type Machine,
  type MachineDescription,
  MIB,
  nodeId,
  offlineBlock,
  onlineBlock,
  type PhysRange,
  physAddr,
  removeMemory,
} from '@memhp/core'
import {
  checkArchState,
  type LeafRun,
  listLeaves,
  matchDirectMapCounters,
} from '@memhp/core/inspect'
import { describe, expect, test } from 'vitest'
import { x86_64 } from '../src/index'
import {
  pageTableCases,
  type RecordedCase,
  type RecordedRun,
  type RecordedStage,
  type Trace,
  traces,
} from './recordings'

const COUNTERS = [
  ['DirectMap1G', GIB],
  ['DirectMap2M', 2 * MIB],
  ['DirectMap4k', 4096],
] as const

const kilobytes = (text: string | undefined): number => Number(text?.replace(' kB', ''))

function boot(
  counters: Readonly<Record<string, string>>,
  more: Pick<MachineDescription, 'ram'> & Partial<MachineDescription>,
): Machine {
  const directMapBytes = Object.fromEntries(
    COUNTERS.map(([name, bytes]) => [String(bytes), kilobytes(counters[name]) * 1024]),
  )
  return createMachine(
    { arch: 'x86_64', nodes: [{ id: 0, cpus: [0] }], directMapBytes, ...more },
    { archs: [x86_64], drivers: [], kernels: GENERATIONS },
  )
}

const countersOf = (machine: Machine): Record<string, string> =>
  Object.fromEntries(
    (machine.arch.meminfo?.(machine) ?? []).map((line) => {
      const [name = '', text = ''] = line.split(/:\s+/)
      return [name, text]
    }),
  )

const deviceAt = (start: number, mib: number): PhysRange => ({
  start: physAddr(start),
  end: physAddr(start + mib * MIB),
})

const add = (machine: Machine, range: PhysRange): void =>
  addMemory(machine, { range, nodeId: nodeId(0) })

const blocksOf = (machine: Machine, range: PhysRange): ReturnType<typeof blockId>[] => {
  const { blockBytes } = machine.geometry
  const count = (range.end - range.start) / blockBytes
  return Array.from({ length: count }, (_, i) => blockId(range.start / blockBytes + i))
}

const hex = (address: bigint): string => `0x${address.toString(16)}`
const asRecorded = (runs: readonly LeafRun[]): RecordedRun[] =>
  runs.map((run) => ({
    start: hex(run.start),
    end: hex(run.end),
    leaf: run.leafBytes,
    count: run.count,
    flags: run.flags,
  }))

/** The window of hot-pluggable memory up to the end of the device, as the recording holds it. */
function stageOf(
  machine: Machine,
  name: RecordedStage['stage'],
  window: { start: number; sizeBytes: number },
): RecordedStage {
  const { start: offset, sizeBytes } = window
  const memmap = { offset: offset / 64, sizeBytes: sizeBytes / 64 }
  return {
    stage: name,
    leaves: {
      direct: asRecorded(listLeaves(machine, { region: 'direct', offset, sizeBytes })),
      vmemmap: asRecorded(listLeaves(machine, { region: 'vmemmap', ...memmap })),
    },
    direct_counters: countersOf(machine),
  }
}

const WINDOW_START = 4 * GIB

function replay(recorded: RecordedCase): RecordedStage[] {
  const [before] = recorded.stages
  const machine = boot(before?.direct_counters ?? {}, {
    archOptions: { levels: recorded.levels },
    ram: [
      { start: 0x1000, end: 0x9f000, node: 0 },
      { start: MIB, end: recorded.boot_mib * MIB - 128 * 1024, node: 0 },
    ],
  })
  let at = WINDOW_START
  for (const mib of recorded.already_plugged_mib) {
    add(machine, deviceAt(at, mib))
    at += mib * MIB
  }
  // The counters of `before` are those of a machine that has these devices.
  matchDirectMapCounters(machine)
  const device = deviceAt(at, recorded.device_mib)
  const window = { start: WINDOW_START, sizeBytes: device.end - WINDOW_START }
  const stages = [stageOf(machine, 'before', window)]
  add(machine, device)
  stages.push(stageOf(machine, 'added', window))
  for (const id of blocksOf(machine, device)) onlineBlock(machine, id, 'online')
  stages.push(stageOf(machine, 'online', window))
  for (const id of blocksOf(machine, device)) offlineBlock(machine, id)
  removeMemory(machine, { range: device })
  stages.push(stageOf(machine, 'removed', window))
  return stages
}

/** Devices come and go as in the trace; after each step the counters must be the recorded ones. */
function replayCounters(trace: Trace): void {
  const counter = (view: Readonly<Record<string, string>>, name: string): string | undefined =>
    view[`/proc/meminfo#${name}`]
  const names = COUNTERS.map(([name]) => name)
  const expected = Object.fromEntries(names.map((name) => [name, counter(trace.boot, name) ?? '']))
  const lines = (trace.boot['/proc/iomem'] ?? '').split('\n')
  const ram = lines.map((line) => {
    const [start = 0, last = 0] = (line.split(' ')[0] ?? '').split('-').map((n) => parseInt(n, 16))
    return { start, end: last + 1 - ((last + 1) % 4096), node: 0 }
  })
  const machine = boot(expected, { ram })
  const held = new Map<string, PhysRange>()
  trace.steps.forEach((step, i) => {
    const { devices } = step.result
    for (const [id, range] of held) {
      if (devices.some((device) => device[0] === id && device[1] === range.start)) continue
      removeMemory(machine, { range })
      held.delete(id)
    }
    for (const [id, start, bytes] of devices) {
      if (held.has(id)) continue
      held.set(id, deviceAt(start, bytes / MIB))
      add(machine, deviceAt(start, bytes / MIB))
    }
    for (const name of names) expected[name] = counter(step.set, name) ?? expected[name] ?? ''
    expect(countersOf(machine), `${trace.name}, step ${i}`).toEqual(expected)
    checkArchState(machine)
  })
}

describe('as recorded', () => {
  const cases = pageTableCases()
  const all = traces()

  test('there are cases and traces', () => {
    expect(cases.length).toBeGreaterThan(0)
    expect(all.length).toBeGreaterThan(0)
  })

  test.each(
    cases.map((recorded) => {
      const { levels, already_plugged_mib, device_mib } = recorded
      return [
        `${levels} levels, ${device_mib} MiB after [${already_plugged_mib}]`,
        recorded,
      ] as const
    }),
  )('the leaves of a real kernel before, added, online, removed: %s', (_, recorded) => {
    expect(replay(recorded)).toEqual(recorded.stages)
  })

  test.each(all.map((trace) => [trace.name, trace] as const))(
    'DirectMap counters follow every step of %s',
    (_, trace) => replayCounters(trace),
  )
})
