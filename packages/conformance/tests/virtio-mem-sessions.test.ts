// Sessions that were typed into real guests with virtio-mem: requests, writes, and what the guest showed after them.
import {
  createMachine,
  GENERATIONS,
  GIB,
  type Machine,
  MIB,
  resizableOf,
  settle,
} from '@memhp/core'
import { PLUGINS } from '@memhp/platforms'
import { recordingText } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'

interface SessionStep {
  readonly cmd?: string
  readonly out?: string
  /** MiB that were asked for. */
  readonly request?: number
  /** Seconds, and MiB that were plugged then. */
  readonly trace?: readonly (readonly [seconds: number, mib: number])[]
}

interface Session {
  readonly name: string
  readonly file: string
  /** Its steps in the file, the first and the one after the last. */
  readonly steps: readonly [number, number]
  readonly device: { readonly maxBytes: number; readonly blockBytes: number }
  readonly autoOnline: string
}

const DEPTH = 'sessions/virtio-mem-depth-x86_64-7.3.json.gz'
const DEPTH2 = 'sessions/virtio-mem-depth2-x86_64-7.3.json.gz'

/** As far as no kernel memory had come to lie in them. */
const SESSIONS: readonly Session[] = [
  {
    name: 'big blocks',
    file: DEPTH,
    steps: [50, 60],
    device: { maxBytes: GIB, blockBytes: 256 * MIB },
    autoOnline: 'online_movable',
  },
  {
    name: 'blocks of three kinds',
    file: DEPTH,
    steps: [60, 70],
    device: { maxBytes: GIB, blockBytes: MIB },
    autoOnline: 'offline',
  },
  {
    name: 'blocks that wait offline',
    file: DEPTH2,
    steps: [0, 8],
    device: { maxBytes: 3 * GIB, blockBytes: MIB },
    autoOnline: 'offline',
  },
]

function guestOf({ device, autoOnline }: Session): Machine {
  return createMachine(
    {
      arch: 'x86_64',
      kernel: 'v7.3',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: GIB, node: 0 }],
      autoOnlineBlocks: autoOnline,
      drivers: { 'virtio-mem': { devices: [{ id: 'vm0', ...device }] } },
    },
    { ...PLUGINS, kernels: GENERATIONS },
  )
}

const MEMORY = '/sys/devices/system/memory'

/** Blocks above boot memory, lines of iomem, and zones that have memory, as the sessions printed them. */
function shown(machine: Machine): readonly string[] {
  const read = (path: string): string => machine.tree.read(path).trim()
  const blocks = machine.tree
    .list(MEMORY)
    .filter((name) => /^memory\d+$/.test(name) && Number(name.slice(6)) >= 16)
    .sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)))
    .map((name) => {
      const [state, zones] = ['state', 'valid_zones'].map((file) =>
        read(`${MEMORY}/${name}/${file}`),
      )
      return `${name} ${state} z=${zones} rem=1`
    })
  const iomem = machine.tree.read('/proc/iomem').split('\n')
  const zones = [...machine.state.memory.zones.values()].flatMap((zone) =>
    zone.name === 'Normal' || zone.name === 'Movable'
      ? [`${zone.name} ${zone.spannedPages} ${zone.presentPages} ${zone.managedPages}`]
      : [],
  )
  return [
    ...blocks,
    ...iomem.filter((line) => /virtio_mem|: virtio\d/.test(line)),
    ...zones.filter((line) => !line.endsWith(' 0 0 0')),
  ]
}

/** The same of what a session printed. */
function printed(out: string): readonly string[] {
  const zone = (name: string): readonly string[] => {
    const counts = ['spanned', 'present', 'managed'].map(
      (count) => new RegExp(`zone +${name} +${count} +(\\d+)`).exec(out)?.[1] ?? '0',
    )
    return counts[0] === '0' ? [] : [`${name} ${counts.join(' ')}`]
  }
  return [
    ...out
      .split('\n')
      .filter((line) => /^memory\d+ |virtio_mem\)|: virtio\d/.test(line) && !line.includes('pci')),
    ...zone('Normal'),
    ...zone('Movable'),
  ]
}

const WRITE = /echo (\w+) > memory(\d+)\/state/g

function take(machine: Machine, { cmd = '', out = '', request, trace }: SessionStep): void {
  if (request !== undefined) {
    resizableOf(machine).resize(machine, { id: 'vm0', bytes: request * MIB })
    settle(machine)
    const [device] = resizableOf(machine).plugged(machine)
    expect((device?.sizeBytes ?? 0) / MIB).toBe(trace?.at(-1)?.[1])
  }
  for (const [, word = '', block = ''] of cmd.matchAll(WRITE)) {
    machine.tree.write(`${MEMORY}/memory${block}/state`, word)
    settle(machine)
  }
  if (out.includes('virtio0') && cmd.includes('/proc/iomem'))
    expect(shown(machine)).toEqual(printed(out))
}

describe('a session of a real guest', () => {
  test.each(SESSIONS)('$name: the model shows the same', (session) => {
    const steps: readonly SessionStep[] = JSON.parse(recordingText(session.file))
    const machine = guestOf(session)
    for (const step of steps.slice(...session.steps)) take(machine, step)
  })
})
