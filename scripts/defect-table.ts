/** A defect of the series of 2012. */
export interface Defect {
  /** `D6`, or `KP2` for known problem 2. */
  readonly id: string
  /** What is wrong. */
  readonly what: string
  /** Patch that brought it. */
  readonly where: string
  /** What it does. */
  readonly harm: string
  /** What later kernels chose. */
  readonly cure: string
  /** How the model has it: as a switch and how far, as the own behaviour of a generation, or why not. */
  readonly model: string
}

/**
 * The known problem 2 and the defects of the series of 2012. Those that can be switched on are in the `defects` of generations.
 * Source: spec/hot-remove-series-2012.md, sections 3, 5 and 7.
 */
export const DEFECTS: readonly Defect[] = [
  {
    id: 'KP2',
    what: 'The pageblock flags of a hot-added section lie in the tail page of a slab and are taken for boot memory.',
    where: 'patch 16',
    harm: 'The kernel stops as the section is removed.',
    cure: '3.9: the head page is asked.',
    model: 'Every hot-added section has its flags there.',
  },
  {
    id: 'D1',
    what: 'Patch 01 alone: nothing takes the blocks of a device offline.',
    where: 'patch 01',
    harm: 'Each request of the firmware fails with EINVAL: the series cannot be bisected.',
    cure: 'patch 02',
    model: 'As in the kernel.',
  },
  {
    id: 'D2',
    what: 'The loop over the sections of an LMB removes the first one each time.',
    where: 'patch 09',
    harm: 'An LMB of several sections does not go (EINVAL), nor does its mapping.',
    cure: '3.7: each section has its turn.',
    model:
      'The LMB stays whole, as a block has all of its sections; in the kernel its first section is gone.',
  },
  {
    id: 'D3',
    what: 'The zone of a section is looked up before it is known to be present.',
    where: 'patch 11',
    harm: 'A removal that meets an absent section reads a memmap that is gone, and the kernel stops.',
    cure: '3.9: the zone is that of the range.',
    model: 'The model refuses before anything has changed.',
  },
  {
    id: 'D4',
    what: 'What the architecture says to a removal is ignored.',
    where: 'patch 12',
    harm: 'Where it refuses (s390), the removal succeeds and leaves everything but the firmware map entry.',
    cure: 'None until 3.11, which still ignores it.',
    model: 'As in the kernel, on architectures that refuse.',
  },
  {
    id: 'D5',
    what: 'A parenthesis in the search for the new edge of a span: node numbers become 0 or 1.',
    where: 'patch 17',
    harm: 'On nodes from 2 on spans do not shrink until their last section goes.',
    cure: '3.9',
    model:
      'As in the kernel. That on node 1 sections of other nodes count for the span of the node is left out.',
  },
  {
    id: 'D6',
    what: 'A span that had become empty keeps 0 as its start when memory comes back.',
    where: 'patch 17',
    harm: 'The span begins at page 0, and the next removal at its end stops the kernel.',
    cure: '3.8: an empty span begins with what joins it.',
    model: 'The model refuses where the kernel would stop.',
  },
  {
    id: 'D7',
    what: 'A large leaf is split by its physical address, which is not found.',
    where: 'patch 12',
    harm: 'A table of zeros takes its place: the neighbours of what goes are not mapped any more.',
    cure: '3.9: no leaf is split.',
    model:
      'As in the kernel. No access to memory fails in the model; the tables and the counters show it.',
  },
  {
    id: 'D8',
    what: 'A count of 32 bits is negated before it is widened.',
    where: 'patch 12',
    harm: 'DirectMap4k jumps up by 16 TiB for each table of base pages.',
    cure: '3.9',
    model: 'As in the kernel.',
  },
  {
    id: 'D9',
    what: 'Only the processor that unmaps flushes its TLB.',
    where: 'patches 12 and 16',
    harm: 'Others go on using translations that are gone.',
    cure: '3.9: all processors flush.',
    model: 'Not modelled: processors have no TLBs here, only the flushes are counted.',
  },
  {
    id: 'D10',
    what: 'The memmap is freed with interrupts off, and TLBs are flushed meanwhile.',
    where: 'patch 16',
    harm: 'Processors may wait for each other for ever.',
    cure: '3.9: the lock is taken later.',
    model: 'Not modelled: there are no interrupts, and operations run one at a time.',
  },
  {
    id: 'D11',
    what: 'The memmap of a boot section is freed by a wrong address and length.',
    where: 'patch 16',
    harm: 'Pages that belong to others are freed.',
    cure: '3.9',
    model: 'Not modelled: pages of the boot memmap are of no zone here and stay reserved.',
  },
  {
    id: 'D12',
    what: 'Of a boot memmap leaf of 2 MiB only the head page is counted and given back.',
    where: 'patch 15',
    harm: '511 pages are lost.',
    cure: '3.9: all 512 are counted.',
    model: 'Not modelled: pages of the boot memmap are of no zone here and stay reserved.',
  },
  {
    id: 'D13',
    what: 'Struct pages in a leaf that an earlier section left hold the marker of unused bytes.',
    where: 'patch 16',
    harm: 'Bad pages as their block comes online: they are lost, and the block does not go offline again.',
    cure: '3.8: the memmap is cleared as a section comes.',
    model: 'As in the kernel, where sections share leaves (struct pages of 56 bytes).',
  },
  {
    id: 'D14',
    what: 'The count of poisoned pages is not lowered as their poison is cleared.',
    where: 'patch 20',
    harm: 'HardwareCorrupted shows pages that work again.',
    cure: '3.8: poison stays until its section is removed.',
    model: 'As in the kernel.',
  },
  {
    id: 'D15',
    what: 'An entry of the firmware map is looked up and removed under two locks, and freed while it is linked if its directory fails.',
    where: 'patch 08',
    harm: 'Two removals at once use freed memory.',
    cure: '3.9, as far as the lock goes.',
    model: 'Not modelled: operations run one at a time, and entries are values.',
  },
  {
    id: 'D16',
    what: 'The data of a node that went are not freed, and it gets new ones when it comes back.',
    where: 'patch 19',
    harm: 'Each coming and going of a node loses memory.',
    cure: '3.9: they are cleared and serve again.',
    model: 'Not modelled: the data of a node take no pages here.',
  },
  {
    id: 'D17',
    what: 'Offline processors stay mapped to a node that went.',
    where: 'patch 19',
    harm: 'A processor that comes online is on a node that is not there.',
    cure: '3.9: present processors keep a node; the mapping of others is cleared.',
    model: 'Not modelled: processors do not go offline here.',
  },
  {
    id: 'D18',
    what: 'The bus does not hear that a driver could not remove its memory.',
    where: 'Linux 3.6, with patch 04',
    harm: 'A write to `eject` pulls out memory that is in use.',
    cure: '3.11: memory is taken offline first, and a refusal ends the ejection.',
    model: 'As in the kernel. It is what `v3.10` does by itself.',
  },
  {
    id: 'D19',
    what: 'The walk that frees page tables counts below 0 for those of boot.',
    where: 'Linux 3.9 and 3.10',
    harm: 'MemTotal jumps by 16 TiB for each table.',
    cure: '3.11',
    model:
      'MemTotal alone: which zone a page of boot’s tables is in is not known here. No recording of 3.10 frees one.',
  },
  {
    id: 'D20',
    what: 'An entry of the firmware map that boot made is never kept for later.',
    where: 'Linux 3.9',
    harm: 'A few bytes are lost as memory of boot goes.',
    cure: '3.10',
    model: 'Not modelled: nothing of it can be seen.',
  },
  {
    id: 'D21',
    what: 'Page tables are never freed.',
    where: 'patch 12, by design',
    harm: 'Each range that ever was mapped keeps its tables.',
    cure: '3.9 frees a table with its last entry.',
    model: 'As in the kernel. It is what `rfc9` does by itself.',
  },
]
