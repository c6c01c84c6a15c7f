/** A memory block as a capture shows it. @beta */
export interface CapturedBlock {
  readonly id: number
  /** Ascending; the kernel's own record is the last. */
  readonly nodes: readonly number[]
  /** Name of the firmware device that it belongs to, whichever of both has the link; null for none. */
  readonly device: string | null
}

/** A captured host: what a dialect describes firmware from. @beta */
export interface CapturedHost {
  readonly capture: {
    /** As `uname -m` prints it. */
    readonly arch: string
    /** Texts by path. */
    readonly files: Readonly<Record<string, string>>
    /** Texts of links by path. */
    readonly links: Readonly<Record<string, string>>
    /** Modes of files that cannot be read, by path. */
    readonly modes: Readonly<Record<string, string>>
    /** Directories that are there and empty. */
    readonly directories: readonly string[]
  }
  readonly blockBytes: number
  /** Ascending by id. */
  readonly blocks: readonly CapturedBlock[]
  /** The file's text without its final newline. */
  text(path: string): string | undefined
  /** A sentence about what is taken for true without evidence; kept once. */
  assume(sentence: string): void
}

/** What only the hypervisor knows of a machine, and no file of the machine tells. @beta */
export interface PlatformFacts {
  /** DIMM slots. */
  readonly slots?: number
  /** Proximity domains: how many there are, and those that firmware's tables name, in their order. */
  readonly domains?: { readonly count: number; readonly named: readonly number[] }
  /** Memory devices of changing size, in their order. */
  readonly resizable?: readonly ResizableFacts[]
  /** Bytes that such a device plugs and unplugs together where nothing else is asked for; absent: the hypervisor's usual. */
  readonly resizableBlockBytes?: number
  /** Ports that take a device while the machine runs, in their order. */
  readonly ports?: readonly PortFacts[]
  /** Devices of other kinds on their bus, which take names of the same row. */
  readonly otherDevices?: number
  /** The hypervisor lets no device of changing size go, not even one without memory. */
  readonly keepsResizables?: boolean
}

/** A port that takes a device while the machine runs. @beta */
export interface PortFacts {
  /** The hypervisor's name for it: `rp0`. */
  readonly name: string
  /** Name of the wakeup source that a device in it has; absent where it has none. */
  readonly wakeup?: string
}

/** What the hypervisor knows of a memory device of changing size. Bytes. @beta */
export interface ResizableFacts {
  readonly id: string
  readonly maxBytes: number
  readonly requestedBytes: number
  /** Absent where it is the hypervisor's default. */
  readonly blockBytes?: number
  readonly node: number
}
