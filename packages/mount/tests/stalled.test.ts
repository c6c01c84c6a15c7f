// An offlining that makes no progress: memory is full, and what is in the block has no place to go.
import { readFile } from 'node:fs/promises'
import { allocateTracked, type Machine, nodeId, releaseAllocation } from '@memhp/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MountedMachine, mountMachine } from '../src/index'
import { CAN_MOUNT, guest } from './machine'

const MEMORY = '/sys/devices/system/memory'

/** Fills all memory but a little, and takes a block of 128 MiB for movable pages in. @returns the id of what fills it */
function fill(machine: Machine): number {
  machine.tree.write(`${MEMORY}/memory32/state`, 'online_movable')
  machine.tree.write(`${MEMORY}/memory33/state`, 'online_movable')
  const free = [...machine.state.memory.zones.values()].reduce(
    (sum, zone) => sum + zone.free.freePages,
    0,
  )
  const request = { name: 'f', kind: 'file', nodeId: nodeId(0) } as const
  return allocateTracked(machine, { ...request, pageCount: free - 5000 }).id
}

describe.skipIf(!CAN_MOUNT)('an offlining that makes no progress', () => {
  let machine: Machine
  let filled: number
  let mounted: MountedMachine | undefined
  const mount = async (): Promise<MountedMachine> => {
    mounted = await mountMachine(machine)
    return mounted
  }
  const state = (block: number): Promise<string> =>
    readFile(`${mounted?.directory}${MEMORY}/memory${block}/state`, 'utf8')
  const reads = (block: number, text: string): Promise<void> =>
    expect.poll(() => state(block), { timeout: 20_000 }).toBe(`${text}\n`)
  const script = (block: number, word: string): readonly string[] => [
    '-c',
    `printf ${word} | dd of=${MEMORY}/memory${block}/state status=none`,
  ]

  beforeEach(() => {
    machine = guest()
    filled = fill(machine)
  })
  afterEach(async () => {
    await mounted?.unmount()
    mounted = undefined
  })

  it('goes on until a signal comes to the writer, and is undone then', async () => {
    const { run } = await mount()
    const { child, result } = run('sh', ['-c', `echo offline >${MEMORY}/memory32/state`])
    await reads(32, 'going-offline')
    child.kill('SIGINT')
    expect((await result).signal).toBe('SIGINT')
    expect(await state(32)).toBe('online\n')
    expect(machine.tree.read(`${MEMORY}/memory32/state`)).toBe('online\n')
  })

  it('ends when there is room', async () => {
    const { run, refresh } = await mount()
    const { result } = run('sh', script(32, 'offline'))
    await reads(32, 'going-offline')
    releaseAllocation(machine, filled)
    await refresh()
    expect(await result).toMatchObject({ status: 0, stderr: '' })
    expect(await state(32)).toBe('offline\n')
  })

  it('lets files be read, and has others who change blocks wait until it ends', async () => {
    const { run } = await mount()
    const first = run('sh', ['-c', `echo offline >${MEMORY}/memory32/state`])
    await reads(32, 'going-offline')
    const second = run('sh', script(34, 'online'))
    expect((await run('cat', ['/proc/meminfo']).result).stdout).toMatch(/^MemTotal:/)
    expect(await state(34)).toBe('offline\n')
    first.child.kill('SIGTERM')
    expect((await first.result).signal).toBe('SIGTERM')
    expect(await second.result).toMatchObject({ status: 0, stderr: '' })
    expect([await state(32), await state(34)]).toEqual(['online\n', 'online\n'])
  })

  it('is over when the machine is unmounted', async () => {
    const { run, unmount } = await mount()
    const { result } = run('sh', script(32, 'offline'))
    await reads(32, 'going-offline')
    await unmount()
    expect(await result).toMatchObject({ status: 1, stderr: expect.stringContaining('memory32') })
  })

  it('is ended by a time limit, as one of a real kernel is', async () => {
    const { run } = await mount()
    const words = ['1', 'chmem', '--disable', '0x100000000-0x107ffffff'] as const
    expect((await run('timeout', words).result).status).toBe(124)
    expect(await state(32)).toBe('online\n')
  })
})
