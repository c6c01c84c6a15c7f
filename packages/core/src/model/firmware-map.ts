/** One entry below /sys/firmware/memmap. Addresses are bytes, `end` inclusive. @alpha */
export interface FirmwareMapEntry {
  readonly index: number
  readonly start: number
  readonly end: number
  readonly type: string
  /** A second directory of an entry that boot numbered twice: nothing removes it. */
  readonly isLeftOver?: true
}

export interface FirmwareMapState {
  readonly entries: FirmwareMapEntry[]
  /** Number of the next directory. Numbers are never used again. */
  nextIndex: number
}
