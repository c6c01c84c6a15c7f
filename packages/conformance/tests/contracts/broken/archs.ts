// Architectures that break one contract each. All are x86-64 but for what is said of them.
import { x86_64 } from '@memhp/arch-x86'
import {
  HotplugError,
  isHotplugError,
  type Machine,
  nodeId,
  type PfnRange,
  type PhysRange,
  pfn,
  physAddr,
  releaseAllocation,
} from '@memhp/core'
import {
  type Arch,
  type ArchAddRequest,
  type ArchDefinition,
  allocatePages,
  defineArch,
  keepAllMemory,
  mapRange,
  PAGE_TABLES,
  populateVmemmap,
  unmapRange,
} from '@memhp/core/plugin'
import type { ArchSuiteOptions } from '../../../src/contracts/index'

type Options = ReturnType<typeof x86_64.parseOptions>
type X86 = ArchDefinition<Options>

/** x86-64 whose parts are replaced. `parts` is called for each machine. */
const changed = (parts: (arch: Arch) => Partial<Arch>): X86 =>
  defineArch({
    ...x86_64,
    create(...given) {
      const arch = x86_64.create(...given)
      return { ...arch, ...parts(arch) }
    },
  })

/** A method that does something more when it has done its work. */
const after =
  (
    method: Arch['addMemory'],
    more: (machine: Machine, request: ArchAddRequest) => void,
  ): Arch['addMemory'] =>
  (machine, request) => {
    const change = method(machine, request)
    more(machine, request)
    return change
  }

const unmap = (machine: Machine, range: PhysRange): unknown =>
  unmapRange(machine, {
    region: 'direct',
    offset: range.start,
    sizeBytes: range.end - range.start,
    frames: 'keep',
    partialLeaf: 'split',
    emptyTables: 'free',
    nodeId: nodeId(0),
  })

const mapPage = (machine: Machine, address: number): unknown =>
  mapRange(machine, {
    region: 'direct',
    offset: address,
    sizeBytes: 4096,
    leafSizes: [4096],
    backing: { kind: 'linear', address },
    nodeId: nodeId(0),
  })

const pagesOf = (range: PhysRange): PfnRange => ({
  start: pfn(range.start / 4096),
  end: pfn(range.end / 4096),
})

/** Adds or takes a page's bytes at the end of a range. */
const endMoved = (range: PhysRange, bytes: number): PhysRange =>
  ({ start: range.start, end: range.end + bytes }) as PhysRange

/** What an arch says whose removal is not written. */
const NOT_WRITTEN = {
  kind: 'not-written',
  errno: 'EOPNOTSUPP',
  reason: 'Removal is not written.',
} as const

/** Grows with each use, and belongs to no machine. */
let uses = 0

export interface BrokenArch {
  readonly name: string
  readonly plugin: X86
  readonly options?: ArchSuiteOptions
  /** The contract that must fail, and what it must say. */
  readonly contract: string
  readonly message: RegExp
}

export const BROKEN_ARCHS: readonly BrokenArch[] = [
  {
    name: 'unmaps one page too many',
    plugin: changed(({ removeMemory }) => ({
      removeMemory: after(removeMemory, (machine, request) => {
        const page = { start: request.range.end, end: endMoved(request.range, 4096).end }
        if (page.end < 2 ** 46) unmap(machine, page)
      }),
    })),
    contract: 'maps exactly the memory that is there',
    message: /direct map: 0x\w+-0x\w+ should be mapped/,
  },
  {
    name: 'unmaps the page before',
    plugin: changed(({ removeMemory }) => ({
      removeMemory: after(removeMemory, (machine, request) => {
        const { start } = request.range
        unmap(machine, { start: physAddr(start - 4096), end: start })
      }),
    })),
    contract: 'maps exactly the memory that is there',
    message: /direct map: 0x\w+-0x\w+ should be mapped/,
  },
  {
    name: 'unmaps one page too few',
    plugin: changed(({ removeMemory }) => ({
      removeMemory: after(removeMemory, (machine, request) => {
        mapPage(machine, request.range.end - 4096)
      }),
    })),
    contract: 'maps exactly the memory that is there',
    message: /direct map: nothing should be mapped, 0x\w+-0x\w+ is/,
  },
  {
    name: 'maps one page too many, and cannot remove memory',
    plugin: changed(({ addMemory }) => ({
      canRemove: keepAllMemory(NOT_WRITTEN),
      addMemory: after(addMemory, (machine, request) => {
        mapPage(machine, request.range.end)
      }),
    })),
    contract: 'maps exactly the memory that is there',
    message: /direct map: nothing should be mapped, 0x\w+-0x\w+ is/,
  },
  {
    name: 'forgets a counter of the direct map',
    plugin: changed(({ removeMemory }) => ({
      removeMemory(machine, request) {
        const { directMapBytes } = PAGE_TABLES.of(machine)
        const large = directMapBytes.get(2 ** 21) ?? 0
        const change = removeMemory(machine, request)
        directMapBytes.set(2 ** 21, large)
        return change
      },
    })),
    contract: 'counts in /proc/meminfo what the leaves of the direct map are',
    message: /DirectMap2M shows \d+ kB/,
  },
  {
    name: 'leaves the struct pages of what went',
    plugin: changed(({ removeMemory }) => ({
      removeMemory: after(removeMemory, (machine, request) => {
        const pages = pagesOf(request.range)
        populateVmemmap(machine, { pages, nodeId: request.nodeId, neverUsed: 'marked' })
      }),
    })),
    contract: 'maps the struct pages of each section that is there, and no leaf without one',
    message: /holds no struct page of a section/,
  },
  {
    name: 'has struct pages for one section too many',
    plugin: changed(({ removeMemory }) => ({
      removeMemory: after(removeMemory, (machine, { range, nodeId: node }) => {
        const pages = pagesOf(range)
        populateVmemmap(machine, { pages, nodeId: node, neverUsed: 'marked' })
      }),
    })),
    contract: 'has struct pages for each section that is there, and for no other',
    message: /^Section \d+ has struct pages/,
  },
  {
    name: 'tells of half the leaves that came',
    plugin: changed(({ addMemory }) => ({
      addMemory(machine, request) {
        const { direct, memmap } = addMemory(machine, request)
        const leaves = direct.leaves.map((leaf) => ({ ...leaf, count: leaf.count / 2 }))
        return { direct: { ...direct, leaves }, memmap }
      },
    })),
    contract: 'says which leaves, tables and pages came or went, as a recount finds them',
    message: /^direct leaves \d+: [\d.]+ came by what is told, and \d+ in fact/,
  },
  {
    name: 'keeps a page each time',
    plugin: changed(({ addMemory }) => ({
      addMemory: after(addMemory, (machine, _request) => {
        const wanted = { order: 0, mobility: 'unmovable', kind: 'slab' } as const
        allocatePages(machine, { ...wanted, nodeId: nodeId(0) })
      }),
    })),
    contract: 'keeps no page for memory that has gone but those of tables that it calls permanent',
    message: /memory\d+: 1 pages were kept for 0 tables/,
  },
  {
    name: 'keeps a note of what was present',
    plugin: changed(({ addMemory }) => ({
      addMemory: after(addMemory, (machine, request) => {
        machine.state.memory.arch.last = request.range.start
      }),
    })),
    contract: 'has everything back when all that came has gone, in whatever pieces',
    message: /Something is left:\n {2}arch\/last/,
  },
  {
    name: 'refuses to give a part of what was added',
    plugin: changed(({ addMemory, removeMemory }) => ({
      addMemory: after(addMemory, (machine, request) => {
        machine.state.memory.arch[request.range.start] = request.range.end
      }),
      removeMemory(machine, request) {
        if (machine.state.memory.arch[request.range.start] !== request.range.end)
          throw new HotplugError('BAD_ARGUMENT', 'EINVAL', 'That was not added in one piece.')
        delete machine.state.memory.arch[request.range.start]
        return removeMemory(machine, request)
      },
    })),
    contract: 'has everything back when all that came has gone, in whatever pieces',
    message: /refused past its point of no return: .*not added in one piece/,
  },
  {
    name: 'takes pages from elsewhere for memory that holds its own struct pages',
    plugin: changed(({ addMemory, removeMemory }) => ({
      addMemory: (machine, request) => addMemory(machine, { ...request, selfHostedMemmap: false }),
      removeMemory: (machine, request) =>
        removeMemory(machine, { ...request, selfHostedMemmap: false }),
    })),
    contract: 'takes no page from elsewhere for the struct pages of memory that holds them itself',
    message: /0 of 512 pages were saved/,
  },
  {
    name: 'leaves the direct map of an add that ran out of memory, and does not declare it',
    plugin: changed(() => ({ failedAddLeaves: [] })),
    contract: 'takes back what it did of an add that runs out of memory',
    message: /the failed add left something:\n {2}\w+/,
  },
  {
    name: 'tells a failure by an error that is none of memory',
    plugin: changed(({ addMemory }) => ({
      addMemory(machine, request) {
        try {
          return addMemory(machine, request)
        } catch (error) {
          throw new HotplugError('BAD_ARGUMENT', 'EINVAL', String(error))
        }
      },
    })),
    contract: 'takes back what it did of an add that runs out of memory',
    message: /refused with BAD_ARGUMENT \(EINVAL\)/,
  },
  {
    name: 'takes the memory of whoever has it',
    plugin: changed(({ addMemory }) => ({
      addMemory(machine, request) {
        for (const { id } of [...machine.state.memory.allocations.values()])
          releaseAllocation(machine, id)
        return addMemory(machine, request)
      },
    })),
    contract: 'takes back what it did of an add that runs out of memory',
    message: /^memory\d+ to \d+: no add failed, not even with no page free/,
  },
  {
    name: 'adds nothing more once an add has failed',
    plugin: changed(({ addMemory }) => {
      let last: HotplugError | undefined
      return {
        addMemory(machine, request) {
          if (last !== undefined) throw last
          try {
            return addMemory(machine, request)
          } catch (error) {
            if (isHotplugError(error)) last = error
            throw error
          }
        },
      }
    }),
    contract: 'takes back what it did of an add that runs out of memory',
    message: /pages free: with memory, adding memory\d+ to \d+ fails too/,
  },
  {
    name: 'counts what it removed, also what it only takes back',
    plugin: changed(({ removeMemory }) => ({
      removeMemory: after(removeMemory, (machine, _request) => {
        machine.state.memory.arch.removals = Number(machine.state.memory.arch.removals ?? 0) + 1
      }),
    })),
    contract: 'takes all back when a step of an add or of a removal fails',
    message: /neither refused:\n {2}arch\/removals/,
  },
  {
    name: 'has an own class in the state',
    plugin: changed(({ boot }) => ({
      boot(machine) {
        boot(machine)
        machine.state.memory.arch.since = new URL('memhp:boot')
      },
    })),
    contract: 'keeps its state as plain data',
    message: /^state\.memory\.arch\.since is of the class URL/,
  },
  {
    name: 'counts what it added, and forgets that a machine can be restored',
    plugin: changed(({ addMemory }) => {
      let adds = 0
      return {
        addMemory: after(addMemory, (machine, _request) => {
          adds += 1
          machine.state.memory.arch.adds = adds
        }),
      }
    }),
    contract: 'keeps nothing beside the state: a restored machine is the one that was saved',
    message: /something else the second time:\n {2}arch\/adds/,
  },
  {
    name: 'has one counter for all machines',
    plugin: changed(({ addMemory }) => ({
      addMemory: after(addMemory, (machine, _request) => {
        uses += 1
        machine.state.memory.arch.uses = uses
      }),
    })),
    contract: 'keeps two machines apart',
    message: /A second machine is something else:\n {2}arch\/uses/,
  },
  {
    name: 'numbers its uses for ever',
    plugin: changed(({ addMemory }) => ({
      addMemory: after(addMemory, (machine, _request) => {
        uses += 1
        machine.state.memory.arch.uses = uses
      }),
    })),
    contract: 'does the same each time: same seed, same bytes',
    message: /The same moves made two fingerprints/,
  },
  {
    name: 'takes a page of the zone along',
    plugin: changed(({ removeMemory }) => ({
      removeMemory: after(removeMemory, (machine, _request) => {
        const zone = machine.state.memory.zones.get('0/Normal')
        if (zone !== undefined) zone.presentPages -= 1
      }),
    })),
    contract: 'keeps every invariant while blocks come, go online, go offline and go',
    message: /presentPages|present/,
  },
  {
    name: 'takes any option',
    plugin: defineArch({
      ...x86_64,
      parseOptions: ({ levels = 4 }) =>
        x86_64.parseOptions({ levels: levels as number }) satisfies Options,
    }),
    contract: 'refuses options that it does not know, and wrong ones, and says which',
    message: /archOptions\.no-such-option = true must be refused with BAD_DESCRIPTION/,
  },
  {
    name: 'writes its defaults into what it is given',
    plugin: defineArch({
      ...x86_64,
      parseOptions(given) {
        const options = x86_64.parseOptions(given)
        return Object.assign(given, options)
      },
    }),
    contract: 'fills in options without changing what it is given, the same each time',
    message: /not extensible|read only/,
  },
  {
    name: 'writes a seed into the description',
    plugin: changed(({ boot }) => ({
      boot(machine) {
        Object.assign(machine.description, { seed: 2 })
        boot(machine)
      },
    })),
    contract: 'boots without changing the description',
    message: /The description is another one after boot:\n {2}seed/,
  },
  {
    name: 'writes down every page at boot',
    plugin: changed(({ boot }) => ({
      boot(machine) {
        boot(machine)
        const end = Math.max(...machine.description.ram.map((ram) => ram.end))
        machine.state.memory.arch.pages = new Uint32Array(end / 2 ** 16)
      },
    })),
    contract: 'writes down no more at boot for eight times the memory',
    message: /Boot wrote down \d+ numbers and words, and \d+ for eight times/,
  },
  {
    name: 'prints no unit',
    plugin: changed(() => ({ meminfo: () => ['DirectMap4k: 4'] })),
    contract: 'has the files of its features, and no others',
    message: /"DirectMap4k: 4" is not a line of/,
  },
]
