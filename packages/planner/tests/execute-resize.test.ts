import { HotplugError } from '@memhp/core'
import { describe, expect, it } from 'vitest'
import {
  executePlan,
  type JournalSink,
  type Plan,
  parseJournal,
  planResize,
  requestFile,
  resumeRun,
  sizeFile,
  undoRun,
} from '../src/index'
import { BLOCK_BYTES, topologyOf } from './topologies'

const START = 32 * BLOCK_BYTES
const FULL = 4 * BLOCK_BYTES

function plan(sizeBytes = BLOCK_BYTES): Plan {
  const ram = { start: START, end: START + FULL, name: 'System RAM (virtio_mem)', children: [] }
  const line = { start: START, end: START + 2 ** 30, name: 'virtio0', children: [ram] }
  const blocks = [0, 32, 33, 34, 35].map((id) => ({
    id,
    zone: id === 0 ? 'Normal' : 'Movable',
    counts: { free: 32768 },
  }))
  const made = planResize(topologyOf({ blocks, iomem: [line] }), {
    kind: 'resize',
    device: 'virtio0',
    sizeBytes,
  })
  const undo = { path: requestFile('virtio0'), text: `${FULL}` }
  return {
    ...made,
    steps: made.steps.map((step) => (step.kind === 'resize' ? { ...step, undo } : step)),
  }
}

/** A guest with a device of four blocks. @param least bytes that it does not give back */
function guest({ least = 0, comesBack = 'Movable', memTotalFalls = true } = {}) {
  let size = FULL
  const writes: string[] = []
  const zones = new Map([32, 33, 34, 35].map((id) => [id, 'Movable']))
  const blockOf = (path: string): number => Number(/memory(\d+)/.exec(path)?.[1])
  const isThere = (id: number): boolean => START + size > id * BLOCK_BYTES
  const missing = (path: string): HotplugError => new HotplugError('NO_SUCH_FILE', 'ENOENT', path)
  const online = (): number =>
    [...zones].filter(([id, zone]) => isThere(id) && zone !== 'offline').length * BLOCK_BYTES
  return {
    writes,
    size: () => size,
    tree: {
      read: (path: string): string => {
        if (path === sizeFile('virtio0')) return `${size}\n`
        if (path === '/proc/meminfo')
          return `MemTotal: ${(memTotalFalls ? online() : FULL) / 1024} kB\n`
        if (path.endsWith('/block_size_bytes')) return '8000000\n'
        if (!isThere(blockOf(path))) throw missing(path)
        const zone = zones.get(blockOf(path)) ?? 'offline'
        if (path.endsWith('/state')) return zone === 'offline' ? 'offline\n' : 'online\n'
        if (path.endsWith('/valid_zones')) return `${zone}\n`
        throw missing(path)
      },
      write: (path: string, text: string): void => {
        writes.push(`${path.replace(/.*\//, '')} ${text}`)
        if (path === requestFile('virtio0')) {
          const before = size
          size = Math.max(least, Number(text))
          for (const id of zones.keys())
            if (isThere(id) && START + before <= id * BLOCK_BYTES) zones.set(id, comesBack)
        } else {
          const wanted = { offline: 'offline', online_movable: 'Movable', online_kernel: 'Normal' }
          zones.set(blockOf(path), wanted[text as keyof typeof wanted])
        }
      },
      list: (path: string): string[] => {
        if (path !== '/sys/devices/system/memory') throw missing(path)
        return [...zones.keys()].filter(isThere).map((id) => `memory${id}`)
      },
      readlink: (path: string): string => {
        throw missing(path)
      },
      lookup: (path: string) =>
        isThere(blockOf(path)) ? ({ kind: 'directory', mode: 0o755 } as never) : undefined,
    },
  }
}

describe('a device that is to have another size', () => {
  it('has it', async () => {
    const { tree, writes } = guest()
    const { outcome, journal } = await executePlan(tree, plan())
    expect(journal[0]?.result).toEqual({ kind: 'done' })
    expect(outcome).toBe('done')
    expect(writes).toEqual([`requested-size ${BLOCK_BYTES}`])
  })

  it('is asked for what it had where it gives less back', async () => {
    const far = guest({ least: 2 * BLOCK_BYTES })
    const { outcome, journal, leftovers } = await executePlan(far.tree, plan())
    expect(outcome).toBe('inconsistent')
    expect(journal[0]?.result).toMatchObject({ found: [{ kind: 'size-differs' }] })
    expect(far.size()).toBe(FULL)
    expect(leftovers).toEqual([])
  })

  it('is not believed where MemTotal does not fall', async () => {
    const { tree } = guest({ memTotalFalls: false })
    const { journal } = await executePlan(tree, plan())
    expect(journal[0]?.result).toMatchObject({ found: [{ kind: 'memory-total-unchanged' }] })
  })

  it.each(['offline', 'Normal'])(
    'comes back to the zones that its blocks were in (%s)',
    async (comesBack) => {
      const far = guest({ comesBack })
      const kept: string[] = []
      const sink: JournalSink = { append: (line) => kept.push(line) }
      await executePlan(far.tree, plan(), { sink })
      const { leftovers } = await undoRun(far.tree, parseJournal(kept.join('')))
      expect(leftovers).toEqual([])
      expect(far.writes.filter((text) => text === 'state online_movable')).toHaveLength(3)
      expect(far.tree.read('/sys/devices/system/memory/memory35/valid_zones')).toBe('Movable\n')
    },
  )

  it('whose run was cut short is asked once more, or for what it had', async () => {
    const kept: string[] = []
    const sink: JournalSink = { append: (line) => kept.push(line) }
    await executePlan(guest().tree, plan(), { sink })
    // The plan, and that the step is begun.
    const cut = parseJournal(kept.slice(0, 2).join(''))
    const far = guest()
    await resumeRun(far.tree, cut)
    expect(far.writes).toEqual([`requested-size ${BLOCK_BYTES}`])
    const other = guest()
    other.tree.write(requestFile('virtio0'), `${2 * BLOCK_BYTES}`)
    const { leftovers } = await undoRun(other.tree, cut)
    expect(leftovers).toEqual([])
    expect(other.size()).toBe(FULL)
  })
})

describe('a growth in steps', () => {
  const GIB = 2 ** 30
  const PAGE = 4096
  const line = { start: START, end: START + 64 * GIB, name: 'virtio0', children: [] }
  const steps = planResize(
    topologyOf({
      blocks: [{ id: 0 }],
      iomem: [line],
      autoOnline: 'online',
      free: { '0/Normal': 2048 },
    }),
    { kind: 'resize', device: 'virtio0', sizeBytes: 4 * GIB },
  )

  /** A guest with 8 MiB free, of which what is added comes online, or does not. */
  function growing({ comesOnline }: { readonly comesOnline: boolean }) {
    let size = 0
    const asked: number[] = []
    const free = (): number => 8 * 2 ** 20 - size / 64 + (comesOnline ? size : 0)
    const missing = (path: string): HotplugError => new HotplugError('NO_SUCH_FILE', 'ENOENT', path)
    return {
      asked,
      tree: {
        read: (path: string): string => {
          if (path === sizeFile('virtio0')) return `${size}\n`
          if (path.endsWith('/block_size_bytes')) return '8000000\n'
          if (path === '/proc/zoneinfo')
            return `Node 0, zone   Normal\n  pages free     ${free() / PAGE}\n        high     0\n        present  32768\n`
          throw missing(path)
        },
        write: (_: string, text: string): void => {
          size = Number(text)
          asked.push(size)
        },
        list: (path: string): string[] => {
          if (path !== '/sys/devices/system/memory') throw missing(path)
          return []
        },
        readlink: (path: string): string => {
          throw missing(path)
        },
        lookup: () => undefined,
      },
    }
  }

  it('asks for one size after the other', async () => {
    const { tree, asked } = growing({ comesOnline: true })
    expect(await executePlan(tree, steps)).toMatchObject({ outcome: 'done' })
    expect(asked).toEqual([GIB / 4, 4 * GIB])
  })

  it('ends before one that finds no room, and is undone', async () => {
    const { tree, asked } = growing({ comesOnline: false })
    const [first, ...others] = steps.steps
    if (first?.kind !== 'resize') throw new Error('no step')
    const undo = { path: first.path, text: '0' }
    const run = await executePlan(tree, { ...steps, steps: [{ ...first, undo }, ...others] })
    expect(run).toMatchObject({
      outcome: 'refused',
      leftovers: [],
      journal: [
        { result: { kind: 'done' } },
        { result: { kind: 'refused', errno: 'ENOMEM', code: 'OUT_OF_MEMORY' }, undo: null },
      ],
    })
    expect(run.journal[1]?.result).toMatchObject({
      message:
        'Struct pages of the 3.75G that virtio0 is to grow by take 60M, and 4M is free in kernel zones now: it is not asked for.',
    })
    expect(asked).toEqual([GIB / 4, 0])
  })
})
