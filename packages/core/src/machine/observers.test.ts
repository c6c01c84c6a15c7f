import { describe, expect, test } from 'vitest'
import { nodeId } from '../address/brand'
import { machineFrames } from '../mapping/machine-frames'
import type { MachineEvent } from '../model/machine-event'
import { tinyMachine } from '../page-check/testing/tiny-machine'
import { restoreSnapshot, takeSnapshot } from '../snapshot/snapshot'
import { emitPlatformEvent, emitUevent, logLine } from './journal'

const block = { devpath: '/devices/system/memory/memory8', subsystem: 'memory' } as const
const textOf = (event: MachineEvent): string => (event.kind === 'log' ? event.line.text : '')

describe('an observer', () => {
  test('hears what the journal gets, in order, until it unsubscribes', () => {
    const machine = tinyMachine()
    const heard: MachineEvent[] = []
    const unsubscribe = machine.observe((event) => heard.push(event))
    emitUevent(machine, 'offline', block)
    logLine(machine, 'warn', 'one')
    emitPlatformEvent(machine, { event: 'TOLD', data: {} })
    unsubscribe()
    unsubscribe()
    logLine(machine, 'warn', 'two')
    expect(heard).toEqual([
      { kind: 'uevent', uevent: { action: 'offline', ...block, seqnum: 1 } },
      { kind: 'log', line: { level: 'warn', text: 'one', tick: 0 } },
      { kind: 'platform', event: { event: 'TOLD', data: {} } },
    ])
  })

  test('finds what it hears of in the machine already', () => {
    const machine = tinyMachine()
    const last: unknown[] = []
    machine.observe(() => last.push(machine.state.journal.uevents.at(-1)?.action))
    emitUevent(machine, 'online', block)
    expect(last).toEqual(['online'])
  })

  test('hears of page tables and of the memmap that are allocated and freed', () => {
    const machine = tinyMachine()
    const heard: MachineEvent[] = []
    machine.observe((event) => heard.push(event))
    const frames = machineFrames(machine)
    const request = { order: 1, nodeId: nodeId(0) }
    const table = frames.allocate({ ...request, kind: 'table' })
    const memmap = frames.allocate({ ...request, kind: 'memmap' })
    if (table === null || memmap === null) throw new Error('The tiny machine has memory.')
    frames.free({ pfn: memmap, order: 1 })
    frames.free({ pfn: table, order: 1 })
    expect(frames.allocate({ ...request, order: 20, kind: 'memmap' })).toBeNull()
    expect(heard).toEqual([
      { kind: 'frames-allocated', use: 'table', pfn: table, ...request },
      { kind: 'frames-allocated', use: 'memmap', pfn: memmap, ...request },
      { kind: 'frames-freed', use: 'memmap', pfn: memmap, order: 1 },
      { kind: 'frames-freed', use: 'table', pfn: table, order: 1 },
    ])
  })

  test('hears that a snapshot was restored', () => {
    const machine = tinyMachine()
    const snapshot = takeSnapshot(machine)
    const heard: MachineEvent[] = []
    machine.observe((event) => heard.push(event))
    restoreSnapshot(machine, snapshot)
    expect(heard).toEqual([{ kind: 'restored' }])
  })

  test('that throws is not called again, and disturbs neither the machine nor other observers', () => {
    const machine = tinyMachine()
    const [errors, before, after]: [unknown[], string[], string[]] = [[], [], []]
    const broken = (event: MachineEvent): never => {
      throw new Error(textOf(event))
    }
    machine.observe((event) => before.push(textOf(event)))
    machine.observe(broken, { onError: (error) => errors.push(error) })
    machine.observe((event) => after.push(textOf(event)))
    logLine(machine, 'info', 'one')
    logLine(machine, 'info', 'two')
    expect(machine.state.journal.log.map(({ text }) => text)).toEqual(['one', 'two'])
    expect([errors, before, after]).toEqual([[new Error('one')], ['one', 'two'], ['one', 'two']])
  })

  test('that causes an event has it told after the present one, to all alike', () => {
    const machine = tinyMachine()
    const heard: string[] = []
    machine.observe((event) => {
      if (textOf(event) === 'cause') logLine(machine, 'info', 'effect')
    })
    machine.observe((event) => heard.push(textOf(event)))
    logLine(machine, 'info', 'cause')
    expect(heard).toEqual(['cause', 'effect'])
  })

  test('that subscribes while others are told hears what follows', () => {
    const machine = tinyMachine()
    const heard: string[] = []
    const unsubscribe = machine.observe(() => {
      machine.observe((event) => heard.push(textOf(event)))
      unsubscribe()
    })
    for (const text of ['one', 'two']) logLine(machine, 'info', text)
    expect(heard).toEqual(['two'])
  })
})
