import type { BootBlockFacts, RamDescription } from '../description'
import type { LocalTree } from '../file-tree'
import type { CapturedHost, PlatformFacts } from './captured-host'
import type { DialectSource } from './dialect-source'
import type {
  DialectBlock,
  FirmwareDevice,
  FirmwareRemoval,
  FirmwareWrite,
} from './firmware-device'
import type { FirmwareWalk } from './firmware-walk'

/**
 * Paths that a capture of a host keeps. Between slashes stands an extended regular expression (POSIX, and JavaScript
 * alike) for one whole name. A link on the way is kept and followed.
 * @beta
 */
export interface WantedFiles {
  readonly paths: readonly string[]
  /** Links to directories elsewhere, which are followed, and the names of files wanted there. */
  readonly behindLinks: readonly { readonly link: string; readonly names: string }[]
  /** Directories whose existence says something even when nothing in them is wanted. */
  readonly directories: readonly string[]
}

/** What a twin takes for true where a file could not be read. @beta */
export interface ReadingAssumption {
  /** Extended regular expression of the whole path, POSIX and JavaScript alike. */
  readonly path: string
  readonly assume: string
  /** The file's being absent is worth the same note. */
  readonly noteAbsence: 'note' | 'ignore'
}

/** How the files of a kernel show the memory devices of one firmware. @beta */
export interface FirmwareListing {
  /**
   * Reads its devices. A machine without this firmware has none, and that is not a gap in what is known.
   * @param blocks ascending by id
   */
  read(source: DialectSource, blocks: readonly DialectBlock[]): Promise<readonly FirmwareDevice[]>
}

/** The same, the names of the devices, and how they are let go. @beta */
export interface FirmwareFiles extends FirmwareListing {
  /** The writes that make devices of this firmware go, in their order. */
  removals<Device extends FirmwareDevice>(
    devices: readonly Device[],
  ): readonly FirmwareRemoval<Device>[]
  /** The write that makes one device go, by a word for it; undefined for words that this firmware does not have. */
  removalOf(word: string): FirmwareWrite | undefined
  /** The directory in which the kernel shows a device. */
  directoryOf(name: string): string
  /**
   * A sentence for whom it concerns, where devices that are added again come online by themselves, whatever the kernel's
   * policy says; absent where they do not.
   */
  readonly onlinesByItself?: string
  /** Whether a word has the form of a device's name. */
  isName(word: string): boolean
  /** Index of the device of a name; undefined for other names. Absent where devices have no index. */
  indexOf?(name: string): number | undefined
  /** Name of neighbours as one, by the name of the first and the index of the last. */
  nameOfRun?(first: string, lastIndex: number): string
  /** Indices, both inclusive, that a word stands for; undefined where it is not such a word. */
  indicesCalled?(word: string): { readonly first: number; readonly last: number } | undefined
}

/** How the firmware of a machine like a captured host is described. @beta */
export interface FirmwareDescription {
  /** Parsers of its files by pattern of the path: each throws TextFault for a damaged text. */
  readonly checks: readonly (readonly [path: RegExp, parse: (text: string) => unknown])[]
  /** Files that a twin shows as they were captured. */
  readonly kept: readonly string[]
  /**
   * The driver's part of a machine description.
   * @param blocks as the description has them
   * @returns plain data; undefined where the host has no such firmware
   */
  describe(
    host: CapturedHost,
    known: { readonly blocks: readonly BootBlockFacts[]; readonly platform: PlatformFacts },
  ): object | undefined
  /** Whether firmware keeps all of a range of memory (bytes, `end` inclusive) apart from what may come and go. */
  isBootMemory?(
    host: CapturedHost,
    range: { readonly start: number; readonly end: number },
  ): boolean
  /**
   * Boot memory that firmware keeps for good, and that no file tells of: bytes, `end` exclusive, and what it holds.
   * @param ram boot memory, ascending
   */
  keptMemory?(
    host: CapturedHost,
    ram: readonly RamDescription[],
  ): readonly { readonly start: number; readonly end: number; readonly name: string }[]
}

/** The same, and what a capture keeps of one firmware. @beta */
export interface FirmwareCapture extends FirmwareDescription {
  readonly wanted: WantedFiles
  readonly assumptions: readonly ReadingAssumption[]
}

/** What firmware shows of one device at a moment. @beta */
export interface DeviceState {
  /** In words; null where nothing of it is shown. */
  readonly state: string | null
  /** How many of what `FirmwareCensus` counts. */
  readonly count: number
}

/** What is counted of devices before and after a removal, with the words of reports. @beta */
export interface FirmwareCensus {
  /** What is counted, in the kernel's words: `physical_node links`. */
  readonly thing: string
  /** The same of all devices, in a reader's words: `links to its blocks`. */
  readonly sum: string
  /** Whether a report has lines for each device, or one for all. */
  readonly shown: 'each' | 'together'
  /** The kernel's record of a device's ranges; null where a report shows none. */
  readonly record: string | null
  /** Reads what all devices share. @returns what firmware shows of the device of a name */
  open(tree: LocalTree): (name: string) => DeviceState
}

/** How a machine like a host with this firmware is described: what a twin is made by. @beta */
export interface FirmwareReading {
  /** Name of the driver, and of its part of a machine description. */
  readonly driver: string
  readonly capture: FirmwareDescription
}

/** How the files of a host show one firmware: what a listing is made by. @beta */
export interface ListedFirmware {
  /** Kernel parameters that bear on it. */
  readonly parameters: readonly string[]
  readonly files: FirmwareListing
}

/**
 * The knowledge of one firmware interface that clients need: what reads a file tree, describes a captured host, has
 * devices removed and draws requests at random. A package of a firmware has it as its second entry, `./dialect`, which loads no machine.
 * @beta
 */
export interface FirmwareDialect extends FirmwareReading, ListedFirmware {
  readonly files: FirmwareFiles
  readonly capture: FirmwareCapture
  readonly census: FirmwareCensus
  readonly walk: FirmwareWalk
}
