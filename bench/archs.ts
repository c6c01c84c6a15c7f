import {
  addMemory,
  alignUp,
  createMachine,
  GENERATIONS,
  GIB,
  type Machine,
  MIB,
  nodeId,
  type PhysRange,
  physAddr,
  refusalOf,
  removeMemory,
} from '@memhp/core'
import { ARCHS } from '@memhp/platforms'
import { type Row, sample } from './measure'

const RUNS = 60
/** Newest first: some architectures are in older kernels only. */
const KERNELS = ['v6.1', 'v3.10']
const BASELINE = 'x86_64, four levels'

/** A machine of an architecture in one variant, and pieces of memory that make a GiB together as they come and go in turn. */
interface Subject {
  readonly name: string
  readonly machine: Machine
  readonly piece: PhysRange
  readonly times: number
}

/** What can be added beyond boot memory at once: a GiB, or as much as there are addresses for. */
function pieceOf(machine: Machine): PhysRange | undefined {
  const { arch, description } = machine
  const end = Math.max(...description.ram.map((range) => range.end))
  for (let bytes = GIB; bytes >= 64 * MIB; bytes /= 2) {
    const start = alignUp(end, bytes)
    const range = { start: physAddr(start), end: physAddr(start + bytes) }
    if (range.end <= arch.mappable.end && arch.canAdd(machine, range).kind === 'allowed')
      return range
  }
  return undefined
}

/** @returns undefined where nothing can be added, or nothing that was can be removed */
function subjectOf(arch: string, variant: readonly [string, object]): Subject | undefined {
  const [title, archOptions] = variant
  for (const kernel of KERNELS) {
    const make = (): Machine =>
      createMachine(
        {
          arch,
          archOptions: { ...archOptions },
          kernel,
          nodes: [{ id: 0, cpus: [0] }],
          ram: [{ start: 0, end: arch === 'sh' ? 128 * MIB : 2 * GIB, node: 0 }],
        },
        { archs: ARCHS, drivers: [], kernels: GENERATIONS },
      )
    if (refusalOf(make) !== undefined) continue
    const machine = make()
    const piece = pieceOf(machine)
    if (piece === undefined) continue
    const times = GIB / (piece.end - piece.start)
    const subject = { name: `${arch}, ${title}`, machine, piece, times }
    if (refusalOf(() => comeAndGo(subject)) === undefined) return subject
  }
  return undefined
}

function comeAndGo({ machine, piece, times }: Subject): void {
  for (let i = 0; i < times; i++) {
    addMemory(machine, { range: piece, nodeId: nodeId(0) })
    removeMemory(machine, { range: piece })
  }
}

/** Memory that comes and goes on each architecture in each of its variants, beside x86-64. */
export function archRows(): Row[] {
  const subjects = ARCHS.flatMap(({ name, variants = {} }) =>
    Object.entries(variants).flatMap((variant) => subjectOf(name, variant) ?? []),
  )
  for (const subject of subjects) sample(RUNS, () => comeAndGo(subject))
  // In turn, so that whatever else the machine does meets all of them; the least of each is what it cost undisturbed.
  const times = new Map<string, number>()
  for (let run = 0; run < RUNS; run++) {
    for (const subject of subjects) {
      const [time = Number.NaN] = sample(1, () => comeAndGo(subject))
      times.set(subject.name, Math.min(times.get(subject.name) ?? time, time))
    }
  }
  const baseline = times.get(BASELINE) ?? Number.NaN
  return [...times]
    .filter(([name]) => name !== BASELINE)
    .map(([name, time]) => ({
      what: `add and remove 1 GiB, ${name}`,
      figure: `${time.toFixed(3)} ms`,
      baseline: `${BASELINE}: ${baseline.toFixed(3)} ms`,
      ratio: time / baseline,
      target: 'at most 3x',
      met: time / baseline <= 3,
    }))
}
