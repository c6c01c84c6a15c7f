import { parseCmdline } from '@memhp/kernel-files'
import { nodeId, type SectionNr, sectionNr } from '../address/brand'
import { allocatePages, freePages } from '../allocator/allocate'
import { failsAt } from '../machine/faults'
import { say } from '../machine/say'
import type { Machine } from '../model/machine'
import type { MemoryNotice } from '../model/memory-chain'
import { registerMemoryNotifier } from '../notify/notify'
import { findSection } from '../section/section-table'

/** Words of a table for each page of a section: flags, and a cgroup. Source: include/linux/page_cgroup.h 3.10. */
const WORDS_PER_PAGE = 2

/** Order of the table of a section: 512 KiB on x86-64. */
function tableOrder({ geometry, arch }: Machine): number {
  const { wordBytes = 8 } = arch.geometry
  const bytes = geometry.pagesPerSection * WORDS_PER_PAGE * wordBytes
  return Math.max(0, Math.ceil(Math.log2(bytes / geometry.pageBytes)))
}

/** Whether memory cgroups are on: built in, and not disabled on the command line. */
const isOn = ({ features, description }: Machine): boolean =>
  features.pageCgroup &&
  !parseCmdline(description.cmdline ?? '').some(
    ({ name, value }) => name === 'cgroup_disable' && (value ?? '').split(',').includes('memory'),
  )

/**
 * Memory cgroups' notifier: a table for each section that comes online, allocated before the section itself has pages to
 * give. It lies in memory that came online earlier, and keeps that from going offline.
 * Source: page_cgroup_callback, mm/page_cgroup.c 3.10; series of 2012, patch 21 and section 4.4; recordings of 3.10.108.
 */
export function registerPageCgroup(machine: Machine): void {
  if (!isOn(machine)) return
  registerMemoryNotifier(machine.memoryChain, {
    name: 'page_cgroup',
    priority: 0,
    notifier: (event, notice) => {
      if (event === 'MEM_GOING_ONLINE') return allocateTables(machine, notice)
      if (event === 'MEM_CANCEL_ONLINE' || event === 'MEM_OFFLINE') freeTables(machine, notice)
      return 'ok'
    },
  })
}

function sectionsOf({ geometry }: Machine, { startPfn, pageCount }: MemoryNotice): SectionNr[] {
  const first = Math.floor(startPfn / geometry.pagesPerSection)
  const end = Math.ceil((startPfn + pageCount) / geometry.pagesPerSection)
  return Array.from({ length: end - first }, (_, i) => sectionNr(first + i))
}

/** Tables on the node of the memory, or the nearest with room. What was allocated before a failure is freed again. */
function allocateTables(machine: Machine, notice: MemoryNotice): 'ok' | 'ENOMEM' {
  const { pageCgroupTables: tables } = machine.state.memory
  for (const nr of sectionsOf(machine, notice)) {
    if (tables.has(nr)) continue
    const node = findSection(machine, nr)?.nodeId ?? nodeId(0)
    const order = tableOrder(machine)
    const first = failsAt(machine, 'memory/page-cgroup-table')
      ? null
      : allocatePages(machine, { order, nodeId: node, mobility: 'unmovable', kind: 'slab' })
    if (first === null) {
      say(machine, 'cgroupTableFailed', {})
      freeTables(machine, notice)
      return 'ENOMEM'
    }
    tables.set(nr, first)
  }
  return 'ok'
}

/** Frees the tables of a range. Sections without one are passed over. */
function freeTables(machine: Machine, notice: MemoryNotice): void {
  const { pageCgroupTables: tables } = machine.state.memory
  for (const nr of sectionsOf(machine, notice)) {
    const first = tables.get(nr)
    if (first !== undefined) freePages(machine, { pfn: first, order: tableOrder(machine) })
    tables.delete(nr)
  }
}

/** Block that holds the page_cgroup table of a section; undefined where that has none since boot. @alpha */
export function pageCgroupHost(machine: Machine, nr: SectionNr): number | undefined {
  const first = machine.state.memory.pageCgroupTables.get(nr)
  return first === undefined ? undefined : Math.floor(first / machine.geometry.pagesPerBlock)
}
