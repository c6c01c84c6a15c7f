import {
  createMachine,
  GENERATIONS,
  generationOf,
  type Machine,
  type MachineDescription,
  MIB,
  type PhysRange,
  type Plugins,
  physAddr,
  refusalOf,
} from '@memhp/core'
import type { ArchAnswer } from '@memhp/core/plugin'

type ArchPlugin = Plugins['archs'][number]

/** What a kernel answers to adding or to removing memory. */
export interface KernelAnswer {
  /** As descriptions name it: `v6.1`. */
  readonly kernel: string
  /** Whether it runs on the architecture at all, as far as memory hot-plug goes; else why not. */
  readonly absent: string | null
  readonly add: ArchAnswer | null
  readonly remove: ArchAnswer | null
  /** Whether struct pages stay where the memory has gone. */
  readonly keepsMemmap: boolean
}

/** What there is to know about one kind of an architecture. Sizes are bytes. */
export interface ArchFacts {
  readonly arch: string
  readonly kind: string
  readonly levels: readonly string[]
  readonly pageBytes: number
  readonly directMap: { readonly kind: string; readonly leaves: readonly number[] }
  readonly memmap: {
    readonly kind: string
    readonly freed: boolean
    readonly leaves: readonly number[]
  }
  readonly sectionBytes: number
  readonly blockBytes: number
  readonly physicalAddressBits: number
  readonly mappableBytes: number
  readonly kernels: readonly KernelAnswer[]
  /** What it was held against beside the specification: recordings by kernel, and live guests. */
  readonly recordings: Readonly<Record<string, readonly string[]>>
  readonly guests: readonly string[]
}

/** A machine with two sections, or 128 MiB, of memory. */
export function describeSmall(
  arch: ArchPlugin,
  archOptions: object,
  kernel: string,
): MachineDescription {
  const machine = (end: number): MachineDescription => ({
    arch: arch.name,
    archOptions: { ...archOptions },
    kernel,
    nodes: [{ id: 0, cpus: [0] }],
    ram: [{ start: 0, end, node: 0 }],
  })
  const small = machine(128 * MIB)
  const options = arch.parseOptions({ ...archOptions })
  const { geometry } = arch.create(options, small, generationOf(kernel, GENERATIONS))
  return machine(Math.max(128 * MIB, 2 ** (geometry.sectionSizeBits + 1)))
}

/** A block beyond boot memory. */
function nextBlock({ description, geometry }: Machine): PhysRange {
  const { blockBytes } = geometry
  const end = Math.max(...description.ram.map((range) => range.end))
  const start = Math.ceil(end / blockBytes) * blockBytes
  return { start: physAddr(start), end: physAddr(start + blockBytes) }
}

const ABSENT = { add: null, remove: null, keepsMemmap: false }

/** Asks one kernel, and gives the machine where there is one. */
function askKernel(
  arch: ArchPlugin,
  archOptions: object,
  kernel: string,
): { readonly answer: KernelAnswer; readonly machine: Machine | undefined } {
  let machine: Machine | undefined
  const refusal = refusalOf(() => {
    const description = describeSmall(arch, archOptions, kernel)
    machine = createMachine(description, { archs: [arch], drivers: [], kernels: GENERATIONS })
  })
  if (machine === undefined)
    return { answer: { kernel, absent: refusal?.message ?? '', ...ABSENT }, machine }
  const block = nextBlock(machine)
  const add = machine.arch.canAdd(machine, block)
  const remove = machine.arch.canRemove(machine, block)
  const keepsMemmap = machine.arch.memmap.freed === 'never'
  return { answer: { kernel, absent: null, add, remove, keepsMemmap }, machine }
}

function factsOf(arch: ArchPlugin, kind: string, archOptions: object): ArchFacts | undefined {
  const asked = GENERATIONS.map(({ name }) => askKernel(arch, archOptions, name))
  const machine = asked.findLast((each) => each.machine !== undefined)?.machine
  if (machine === undefined) return undefined
  const { mapping, memmap, mappable } = machine.arch
  const leavesOf = (region: object): readonly number[] =>
    'leaves' in region && Array.isArray(region.leaves) ? region.leaves : []
  return {
    arch: arch.name,
    kind,
    levels: mapping.tables?.levels.map(({ name }) => name) ?? [],
    pageBytes: machine.geometry.pageBytes,
    directMap: { kind: mapping.direct.kind, leaves: leavesOf(mapping.direct) },
    memmap: {
      kind: memmap.kind,
      freed: memmap.freed !== 'never',
      leaves: leavesOf(mapping.vmemmap),
    },
    sectionBytes: machine.geometry.sectionBytes,
    blockBytes: machine.geometry.blockBytes,
    physicalAddressBits: machine.arch.geometry.maxPhysMemBits,
    mappableBytes: mappable.end - mappable.start,
    kernels: asked.map(({ answer }) => answer),
    ...(arch.evidence?.[kind] ?? { recordings: {}, guests: [] }),
  }
}

/** Asks every kind of every architecture about itself, on a small machine for each kernel. */
export const surveyArchs = (archs: Plugins['archs']): readonly ArchFacts[] =>
  archs.flatMap((arch) =>
    Object.entries(arch.variants ?? { '': {} }).flatMap(
      ([kind, options]) => factsOf(arch, kind, options) ?? [],
    ),
  )
