// Memory that goes offline in the machine's own time.
import { readFile } from 'node:fs/promises'
import { allocateTracked, blockId, type Machine, nodeId } from '@memhp/core'
import { blockRange, countPages } from '@memhp/core/inspect'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MountedMachine, mountMachine } from '../src/index'
import { CAN_MOUNT, guest } from './machine'

const MEMORY = '/sys/devices/system/memory'
const PAGES = 4000

describe.skipIf(!CAN_MOUNT)('memory that takes time to go offline', () => {
  let machine: Machine
  let mounted: MountedMachine
  const state = (): Promise<string> =>
    readFile(`${mounted.directory}${MEMORY}/memory32/state`, 'utf8')
  const reads = (text: string): Promise<void> =>
    expect.poll(state, { timeout: 20_000 }).toBe(`${text}\n`)
  const pass = async (milliseconds: number): Promise<void> => {
    mounted.clock.pass(milliseconds)
    await mounted.refresh()
  }

  beforeEach(async () => {
    machine = guest()
    machine.tree.write(`${MEMORY}/memory32/state`, 'online_movable')
    const request = { name: 'f', kind: 'file', nodeId: nodeId(0) } as const
    allocateTracked(machine, { ...request, pageCount: PAGES })
    expect(countPages(machine, blockRange(machine, blockId(32))).lru).toBe(PAGES)
    mounted = await mountMachine(machine)
    mounted.paceMigration(1000)
  })
  afterEach(() => mounted.unmount())

  it('goes as the clock says, and not before', async () => {
    const { result } = mounted.run('sh', ['-c', `echo offline >${MEMORY}/memory32/state`])
    await reads('going-offline')
    await pass(3999)
    expect(await state()).toBe('going-offline\n')
    await pass(1)
    expect((await result).status).toBe(0)
    expect(await state()).toBe('offline\n')
  })

  it('stays online where a signal comes before', async () => {
    const { child, result } = mounted.run('sh', ['-c', `echo 0 >${MEMORY}/memory32/online`])
    await reads('going-offline')
    child.kill('SIGINT')
    expect((await result).signal).toBe('SIGINT')
    expect(await state()).toBe('online\n')
    await pass(10_000)
    expect(await state()).toBe('online\n')
  })

  it('makes others wait for their turn, whose time begins then', async () => {
    const write = `echo offline >${MEMORY}/memory32/state`
    const { result } = mounted.run('sh', ['-c', write])
    await reads('going-offline')
    const other = mounted.run('sh', ['-c', `echo online_movable >${MEMORY}/memory33/state`])
    await pass(4000)
    expect([(await result).status, (await other.result).status]).toEqual([0, 0])
  })

  it('takes no time for memory without pages in use, nor once the pace is taken back', async () => {
    machine.tree.write(`${MEMORY}/memory39/state`, 'online_movable')
    const { result } = mounted.run('sh', ['-c', `echo offline >${MEMORY}/memory39/state`])
    expect((await result).status).toBe(0)
    mounted.paceMigration(null)
    const now = mounted.run('sh', ['-c', `echo offline >${MEMORY}/memory32/state`])
    expect((await now.result).status).toBe(0)
    expect(() => mounted.paceMigration(0)).toThrow('a pace above 0')
  })
})
