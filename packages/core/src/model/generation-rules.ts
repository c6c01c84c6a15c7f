import type { OnlineType } from './block'
import type { MemoryEvent } from './memory-chain'
import type { ProcfsRules } from './procfs-rules'

/**
 * The rules of a generation, by what opens them. Each is read by the code of that place and by no name of a generation;
 * in each at least two generations differ, or a machine with a defect differs (`mended`). What all have in common is not a rule.
 * @public
 */
export interface GenerationRules {
  readonly memmapOnMemory: MemmapOnMemoryRules
  readonly add: AddRules
  readonly zones: ZoneRules
  readonly online: OnlineRules
  readonly poison: PoisonRules
  readonly allocator: AllocatorRules
  readonly offline: OfflineRules
  readonly remove: RemoveRules
  readonly notifier: NotifierRules
  readonly parameters: ParameterRules
  readonly procfs: ProcfsRules
  readonly sysfs: SysfsRules
  readonly device: DeviceRules
  readonly eject: EjectRules
  readonly mapping: MappingRules
  readonly standby: StandbyRules
  readonly resizable: ResizableRules
  readonly dax: DaxRules
  readonly mended: MendedRules
}

/** Memory that holds its own struct pages. */
interface MemmapOnMemoryRules {
  /** What memory_hotplug.memmap_on_memory reads, by what it does; none where the parameter does not exist. */
  readonly words: readonly MemmapMode[]
  /** What holds its own memmap: a range that is one block, or each block of a range. */
  readonly unit: 'range' | 'block'
  /** What becomes of a request that does not fit: EINVAL, or the memmap lies elsewhere. */
  readonly unfit: 'refused' | 'ignored'
}

/** A mode of memory_hotplug.memmap_on_memory, as its file reads. `force` rounds the memmap up to whole pageblocks. */
export type MemmapMode = 'N' | 'Y' | 'force'

/** Adding a range. */
interface AddRules {
  /** Words of the processors whose kernels have memory hot-plug: of any width, or of 64 bits (since Linux 5.16). */
  readonly words: 'any' | '64 bits'
  /** Memory on a node that was not known to be possible: refused, or the node is entered. */
  readonly impossibleNode: 'refused' | 'entered'
  /** A node's first memory: the node is entered, and its uevent sent, behind the blocks or before them. */
  readonly firstOfNode: 'behind-blocks' | 'before-blocks'
  /**
   * Directories in the firmware map of memory that devices bring at boot: one, behind those of boot's own entries; or two,
   * one before and one behind them, of which the first is never removed.
   */
  readonly mapAtBoot: 'once' | 'twice'
}

/** Zones of added memory. */
interface ZoneRules {
  /**
   * `added`: memory joins the highest kernel zone as it is added and leaves a zone as it is removed; onlining moves an
   * edge of it to a neighbouring zone at most. `onlined`: it is in a zone only while it is online.
   */
  readonly joins: 'added' | 'onlined'
  /** Where it joins as it is added: whether onlining may move a block at the edge of its zone to the neighbouring one. */
  readonly edge: 'moves' | 'stays'
}

/** Bringing a block online. */
interface OnlineRules {
  /** Whether all sections of the block are looked for before anything else, and EINVAL is the answer where one is absent. */
  readonly presence: 'checked' | 'unchecked'
  /**
   * A block with poisoned pages: they become free pages again, and are counted no more (`cleared`) or for good (`forgotten`), stay
   * out, or the block is refused (EHWPOISON).
   */
  readonly poisoned: 'cleared' | 'forgotten' | 'left-out' | 'refused'
  /** How often zonelists are built, and the log says so, as a block populates an empty zone. */
  readonly zonelists: 'once' | 'twice'
  /**
   * A node with its first memory in a kernel zone, or without its last: entered in has_normal_memory and taken from it, or left as
   * boot found it.
   */
  readonly normalMemory: 'kept-up' | 'as-at-boot'
  /**
   * Where the threads of a node (kswapdK, kcompactdK) have their stacks, as they are started with its first memory: where the kernel
   * runs, or on the node itself where it has a kernel zone, so that what came online first never goes offline again.
   */
  readonly threads: 'elsewhere' | 'on-node'
}

/** The page allocator. */
interface AllocatorRules {
  /**
   * Where pages go that come online: `last`: behind all that are free. `first`: before them, one by one and so the
   * highest first of all; the kernel's next large chunks are the topmost ones of the block that came online last.
   */
  readonly onlined: 'first' | 'last'
  /** What pageblocks whose isolation ends are: MOVABLE, or what they were before. */
  readonly isolated: 'movable' | 'as-before'
  /** Gigantic pages of the pool: never made of Movable, or only where vm.movable_gigantic_pages says so. */
  readonly giganticInMovable: 'never' | 'by-setting'
}

/** Poisoning pages. */
interface PoisonRules {
  /** A hardware error in a page that is poisoned already: EHWPOISON, or nothing happens. */
  readonly again: 'refused' | 'ignored'
  /** A hardware error in a page that is not online: what hard_offline_page answers. */
  readonly absent: 'ENXIO' | 'EBUSY'
}

/** Taking a block offline. */
interface OfflineRules {
  /** After how long, and after how many failures to migrate, it gives up; null: never. */
  readonly limit: { readonly seconds: number; readonly hardFailures: number } | null
  /** A block that System RAM does not cover: refused, or its holes are reserved pages like others. */
  readonly holes: 'refused' | 'reserved'
  /** Free huge pages of the pool: returned to the allocator, or they stay, and the block with them. */
  readonly freeHugePages: 'dissolved' | 'kept'
  /** Memory that ends within a gigantic page, free or in use: refused (EBUSY), or what is in it is asked to go like others. */
  readonly partOfGigantic: 'refused' | 'goes'
  /** Zonelists, where a zone becomes empty: built again, and the log says so, or they keep it. */
  readonly zonelists: 'rebuilt' | 'kept'
  /** On arm64, pages between which and others a leaf of the kernel's tables lies: they go, or a notifier refuses (EPERM). */
  readonly partOfLeaf: 'goes' | 'refused'
}

/** Removing a range. */
interface RemoveRules {
  /** What it answers where a block of the range is online. */
  readonly onlineErrno: 'EBUSY' | 'EAGAIN'
  /** A section of the range that is absent: passed over, or the removal ends there with EINVAL, and what is above stays. */
  readonly absentSection: 'passed-over' | 'ends'
  /** What goes one after the other: ranges that were mapped as one, or their sections. */
  readonly unit: 'range' | 'section'
  /** When the direct map goes: before the sections, or after them. */
  readonly directMap: 'before' | 'after'
  /** When the line of /proc/iomem goes: before the sections, or last but for the node. */
  readonly resource: 'before' | 'after'
  /** A range that is a part of a line: cut out of it, or nothing is found, the line stays and the log says so. */
  readonly partOfResource: 'cut' | 'stays'
  /** What becomes of it on an arch whose firmware never asks for memory back: refused, as there is no code for it, or done. */
  readonly unasked: 'refused' | 'done'
}

/** The notifier chains. */
interface NotifierRules {
  /** Events that the memory chain is told of. */
  readonly events: readonly MemoryEvent[]
  /** Whether there is a chain of nodes, told of their first and last memory before the memory chain is and after it. */
  readonly nodes: 'told' | 'absent'
}

/** Parameters of memory hot-plug. */
interface ParameterRules {
  /** Names on the kernel's command line that it obeys. Those with a dot are files of the module's parameters, too. */
  readonly commandLine: readonly string[]
}

/** Files below /sys/devices/system/memory. */
export interface SysfsRules {
  /** What a block's directory holds, in the kernel's order, beside the links to its nodes. */
  readonly blockFiles: readonly BlockFile[]
  /** Words that `state` and `auto_online_blocks` accept, in the order in which they are tried. */
  readonly stateWords: readonly OnlineType[]
  /** `exact`: a whole word and at most one newline. `prefix`: the text is compared as far as the shorter of both goes. */
  readonly stateMatch: 'exact' | 'prefix'
  /** What `removable` reads: always 1, or 1 where isolation would find no unmovable page. */
  readonly removable: 'always' | 'predicted'
  /** Text written to `probe`: a whole number, or as many digits as there are, none of them being 0. */
  readonly probeNumber: 'whole' | 'leading-digits'
  /** What `has_cpu` reads: nodes with processors, or nothing. */
  readonly hasCpu: 'nodes' | 'empty'
  /** Which nodes have `hugepages`: all that are online, or those with memory. */
  readonly hugePages: 'every-node' | 'nodes-with-memory'
  /** Whether a node counts pages that failed, in `memory_failure`, where the kernel has that at all (MEMORY_FAILURE). */
  readonly pageFailures: 'counted' | 'none'
  /** Whether a node's memory can be reclaimed by a file, `reclaim`. */
  readonly nodeReclaim: 'file' | 'none'
}

/** An attribute or a link of a memory block; `firmware_node` only where firmware described its memory. */
export type BlockFile =
  | 'phys_index'
  | 'end_phys_index'
  | 'state'
  | 'online'
  | 'removable'
  | 'phys_device'
  | 'valid_zones'
  | 'uevent'
  | 'subsystem'
  | 'firmware_node'

/** How a firmware device is given back. */
interface EjectRules {
  /** What is taken offline before any of it is removed: all memory of the device, or one range of it after the other. */
  readonly unit: 'device' | 'range'
  /** Passes over the blocks: in the first of two, errors are tolerated. */
  readonly passes: 1 | 2
  /** Whether the last pass ends at the first block that refuses. */
  readonly lastPass: 'stops' | 'goes-on'
  /** `yes`: blocks that a failed ejection took offline are brought online again. */
  readonly reonlines: 'yes' | 'no'
  /** Whether the device that holds the slots says `online` after it was told to look at one. */
  readonly container: 'announced' | 'silent'
}

/** Memory devices that firmware describes. */
interface DeviceRules {
  /**
   * `handler`: a part of the bus, which takes a device away and evaluates _EJ0 then, whoever asks. `driver`: one that can
   * be unbound; where firmware asks, it ejects by itself, looks whether the device is gone, keeps the outcome as the
   * state of the device, and has the bus take the device away last.
   */
  readonly boundBy: 'handler' | 'driver'
  /**
   * `per-slot`: an empty slot has a device. `on-arrival`: a device is made as memory comes, and gone when that is
   * ejected; its number is never used again.
   */
  readonly devices: 'per-slot' | 'on-arrival'
  /** Memory group of a device: all its memory is one, or there are no groups. */
  readonly group: 'static' | 'none'
  /** Name below LNXSYSTM:00 of the system bus, which QEMU has its memory devices on. */
  readonly systemBus: 'LNXSYBUS:00' | 'device:00'
  /** Whose the wakeup source of a PCI device is: that of its node in firmware's tables, or its own. */
  readonly wakeupSource: 'firmware-node' | 'device'
  /** Files of a device, in the kernel's order. */
  readonly files: readonly DeviceFile[]
  /**
   * Whether _OST says that an ejection began: always, as of firmware's request; always, as of who asked; or only for a
   * write to `eject`.
   */
  readonly ejectBegun: 'as-request' | 'asker' | 'writer'
  /** Which outcome of an ejection is told by _OST. */
  readonly ejectOutcome: 'any' | 'failure'
  /** Status of a failure in _OST: by its errno, or one for all. */
  readonly failureStatus: 'by-errno' | 'one'
  /** What becomes of a device whose memory could not be removed: it stays, or it is ejected all the same. */
  readonly failedRemoval: 'stays' | 'ejected'
  /** A check of memory that the kernel refused: success, or a failure with a line in the log, of device checks or of any. */
  readonly checkOfRefused: 'success' | 'device-check-fails' | 'any-check-fails'
  /** A device check of a device that the kernel has already: success, or a failure with a line in the log. */
  readonly checkOfAttached: 'success' | 'failure'
  /** A check of a device that has left its slot unasked: its memory is taken out, or that is a failure and nothing else. */
  readonly checkOfAbsent: 'trimmed' | 'failure'
  /** Memory of a device that is there already, by whomever it was added: taken for the device's, or left to others. */
  readonly existing: 'taken' | 'left'
  /** A device that is there at boot: its memory is added, or it is bound and its memory is taken for known. */
  readonly atBoot: 'added' | 'bound'
  /** Nodes of proximity domains, numbered as firmware names them: in its tables, or by its devices, too. */
  readonly nodes: 'by-tables' | 'as-named'
}

/** A file or link of such a device, beside the links to its blocks. @beta */
export type DeviceFile =
  | 'path'
  | 'hid'
  | 'modalias'
  | 'uid'
  | 'status'
  | 'eject'
  | 'uevent'
  | 'subsystem'

/** The kernel's own mapping. */
interface MappingRules {
  /** What becomes of a page table whose last entry is cleared. */
  readonly emptyTables: 'free' | 'keep'
  /** Bytes of a vmemmap leaf that no section uses yet: marked as unused when it is mapped, or not. */
  readonly neverUsed: 'marked' | 'unmarked'
  /** Pages of boot's tables and struct pages, as those go: they stay reserved, or are the allocator's from then on. */
  readonly bootPages: 'reserved' | 'freed'
  /** Bytes of a section on s390. */
  readonly sectionBytes: number
  /** Page tables of half a page (s390): two share a page, or each has one for itself. */
  readonly halfPageTables: 'shared' | 'apart'
  /** Where the direct map of x86-64 begins: after the guard hole, or after the LDT remap that stands there since 4.20. */
  readonly directMapAfter: 'guard-hole' | 'ldt'
  /** Struct pages of loongarch: in pages for each section alone, or, since 6.2, in the vmemmap. */
  readonly windowMemmap: 'per-section' | 'vmemmap'
}

/** Devices whose memory grows and shrinks while they are plugged. */
interface ResizableRules {
  /**
   * A block of which nothing is plugged any more, and which another part of the kernel did not let go: left until more is
   * unplugged, or tried again before anything else is done, and as the timer runs out.
   */
  readonly emptied: 'left' | 'retried'
  /**
   * What is plugged and unplugged at least: a pageblock, or the allocator's largest chunk, where devices of larger blocks than memory
   * has are refused (EINVAL). None where kernels have no such devices.
   */
  readonly unit: 'none' | 'largest-chunk' | 'pageblock'
  /** Whether blocks of Movable are told from those of kernel zones, as some are chosen to be filled or emptied first. */
  readonly zones: 'apart' | 'alike'
  /** What may wait to come online: ten blocks, and more comes as one of them does; or a size, and more comes when half of it has. */
  readonly waiting: 'ten-blocks' | 'by-size'
}

/** Storage that is not assigned to a partition at boot, as s390 has it. */
interface StandbyRules {
  /**
   * Its blocks are there from boot, offline, and get their storage as they come online; or each is added, and its storage asked
   * for, as its `config` file is written.
   */
  readonly blocks: 'from-boot' | 'configured'
}

/** Memory that is given out as devices (device-dax). */
interface DaxRules {
  /**
   * Memory that firmware keeps for a special use (soft-reserved): it stays unused, or is a device, at first for programs, or at
   * once the kernel's own memory.
   */
  readonly softReserved: 'ignored' | 'device' | 'system-ram'
  /** Its line in /proc/iomem: below one of its device, alone, or none but those of drivers. */
  readonly line: 'below-device' | 'alone' | 'none'
  /** Where its devices are: each below platform, or all below one device there. */
  readonly parent: 'platform' | 'hmem_platform'
  /** Whether a file of the device says that its memory is to hold its own struct pages. */
  readonly memmapOnMemory: 'by-file' | 'never'
  /** Whether a file of the device brings all its memory, and takes it away, while the driver stays. */
  readonly state: 'by-file' | 'never'
  /** A range that is written to `mapping` and is not of a multiple of its grain: refused (ENXIO), or nothing happens. */
  readonly oddMapping: 'refused' | 'ignored'
}

/**
 * What the series of 2012 got wrong and later kernels mended: in every generation as these have it. A defect that a machine is
 * described with (`defects`) has it the other way.
 */
export interface MendedRules {
  /** A removal of a device's memory takes its blocks offline, or is refused at once (D1). */
  readonly deviceOffline: 'blocks' | 'refused'
  /** Sections of a device that are removed one by one: each, or the first again and again (D2). */
  readonly deviceSections: 'each' | 'first'
  /** The zone that a section leaves is that of the range, or is read from the section before it is known to be present (D3). */
  readonly zoneLeft: 'of-range' | 'of-section'
  /** An architecture's refusal to remove memory is told, or taken for success (D4). */
  readonly archRefusal: 'told' | 'ignored'
  /** Sections that an edge of a span may shrink to: those of its node, or none on nodes from 2 on (D5). */
  readonly spanEdge: 'own-node' | 'low-nodes'
  /** A span that had become empty begins with the memory that joins it, or at page 0 (D6). */
  readonly emptySpan: 'with-range' | 'at-0'
  /** A large leaf of which a part goes becomes smaller leaves for the rest, or a table without entries (D7). */
  readonly splitLeaf: 'filled' | 'zeroed'
  /** What DirectMap4k loses as base pages go: their number, or that less 2^32 for each table (D8). */
  readonly basePageCount: 'signed' | 'unsigned'
  /** Struct pages in a leaf that an earlier section left behind: cleared, or as that left them (D13). */
  readonly reusedMemmap: 'cleared' | 'stale'
  /** The count of poisoned pages falls as onlining clears their poison, or stays (D14). */
  readonly poisonCount: 'lowered' | 'kept'
  /** What MemTotal gains as a page table of boot's goes: nothing, or 2^32 - 1 pages (D19). */
  readonly freedBootTable: 'nothing' | 'wrapped'
  /** Where the pageblock flags of a hot-added section lie is known, or taken for boot memory (KP2). */
  readonly usemap: 'known' | 'misread'
}
