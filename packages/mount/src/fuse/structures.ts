import { Fields } from './fields'
import { FILE_TYPE, INIT_FLAG, MOST_PART_BYTES, MOST_WRITE_BYTES, VERSION } from './protocol'

/** What stat(2) tells. */
export interface Attributes {
  readonly ino: number
  readonly kind: keyof typeof FILE_TYPE
  /** Permission bits. */
  readonly mode: number
  readonly size: number
  /** `st_blksize`. */
  readonly blockBytes: number
  readonly uid: number
  readonly gid: number
  /** Seconds. */
  readonly time: number
  /** Number of a device. */
  readonly device?: { readonly major: number; readonly minor: number }
}

/** An entry of a directory. */
export interface NamedEntry {
  readonly name: string
  readonly ino: number
  readonly kind: keyof typeof FILE_TYPE
}

/** What a name leads to, as the kernel keeps it. */
export interface KnownEntry {
  readonly id: number
  /** Seconds for which the kernel need not ask again for the name. */
  readonly validSeconds: number
  readonly attributes: Attributes
}

/** Seconds for which attributes are good: they do not change while a file exists. */
const ATTRIBUTE_SECONDS = 3600

const ATTRIBUTE_BYTES = 88
/** Bytes of `fuse_entry_out`. */
const ENTRY_BYTES = 40 + ATTRIBUTE_BYTES
const ENCODER = new TextEncoder()

function putAttributes(into: Fields, offset: number, attributes: Attributes): void {
  const { ino, kind, mode, size, blockBytes, uid, gid, time, device } = attributes
  into.setU64(offset, ino)
  into.setU64(offset + 8, size)
  for (const at of [24, 32, 40]) into.setU64(offset + at, time)
  into.setU32(offset + 60, FILE_TYPE[kind].mode | mode)
  into.setU32(offset + 64, kind === 'directory' ? 2 : 1)
  into.setU32(offset + 68, uid)
  into.setU32(offset + 72, gid)
  if (device !== undefined) into.setU32(offset + 76, encodeDevice(device))
  into.setU32(offset + 80, blockBytes)
}

/** Source: new_encode_dev, include/linux/kdev_t.h 6.1. */
const encodeDevice = ({ major, minor }: NonNullable<Attributes['device']>): number =>
  ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0

function putEntry(into: Fields, offset: number, entry: KnownEntry): void {
  into.setU64(offset, entry.id)
  into.setU64(offset + 16, entry.validSeconds)
  into.setU64(offset + 24, ATTRIBUTE_SECONDS)
  putAttributes(into, offset + 40, entry.attributes)
}

/** `fuse_init_out`: what this side can do of what the kernel offers. */
export function initAnswer(request: Fields): Uint8Array {
  const answer = new Fields(new Uint8Array(64))
  const wanted =
    INIT_FLAG.ATOMIC_O_TRUNC |
    INIT_FLAG.DO_READDIRPLUS |
    INIT_FLAG.READDIRPLUS_AUTO |
    INIT_FLAG.PARALLEL_DIROPS
  answer.setU32(0, VERSION.major)
  answer.setU32(4, VERSION.minor)
  answer.setU32(8, request.u32(8))
  answer.setU32(12, request.u32(12) & wanted)
  answer.setU32(20, MOST_WRITE_BYTES)
  answer.setU32(24, 1)
  return answer.bytes
}

/** `fuse_entry_out`. */
export function entryAnswer(entry: KnownEntry): Uint8Array {
  const answer = new Fields(new Uint8Array(ENTRY_BYTES))
  putEntry(answer, 0, entry)
  return answer.bytes
}

/** `fuse_attr_out`. */
export function attributesAnswer(attributes: Attributes): Uint8Array {
  const answer = new Fields(new Uint8Array(16 + ATTRIBUTE_BYTES))
  answer.setU64(0, ATTRIBUTE_SECONDS)
  putAttributes(answer, 16, attributes)
  return answer.bytes
}

/** `fuse_open_out`. */
export function openAnswer(handle: number, flags: number): Uint8Array {
  const answer = new Fields(new Uint8Array(16))
  answer.setU64(0, handle)
  answer.setU32(8, flags)
  return answer.bytes
}

/** `fuse_write_out`. @param size bytes that were taken */
export function writeAnswer(size: number): Uint8Array {
  const answer = new Fields(new Uint8Array(8))
  answer.setU32(0, size)
  return answer.bytes
}

/** What poll(2) tells of a file: POLLIN, POLLOUT, POLLRDNORM and POLLWRNORM; and beside them POLLPRI and POLLERR. */
const POLL_EVENTS = { ready: 0x145, news: 0x14f } as const

/** `fuse_poll_out`. */
export function pollAnswer(state: keyof typeof POLL_EVENTS): Uint8Array {
  const answer = new Fields(new Uint8Array(8))
  answer.setU32(0, POLL_EVENTS[state])
  return answer.bytes
}

/** `fuse_statfs_out`: like sysfs a filesystem without blocks. */
export function statfsAnswer(): Uint8Array {
  const answer = new Fields(new Uint8Array(80))
  answer.setU32(40, MOST_WRITE_BYTES)
  answer.setU32(44, 255)
  answer.setU32(48, MOST_WRITE_BYTES)
  return answer.bytes
}

/** Where parts of directories are put together. */
const PART = new Fields(new Uint8Array(MOST_PART_BYTES))

/** A part of a directory, as many entries as there is room for. One is finished before the next is begun. */
export class DirectoryPart {
  readonly #room: number
  readonly #plus: boolean
  #length = 0

  /** @param plus READDIRPLUS: each entry with what a lookup would tell */
  constructor(room: number, plus: boolean) {
    this.#room = Math.min(room, MOST_PART_BYTES)
    this.#plus = plus
  }

  /**
   * @param next where the listing goes on behind this entry
   * @param known what a lookup of it tells; asked for only where there is room
   * @returns false where there is no room
   */
  add(entry: NamedEntry, next: number, known: () => KnownEntry | undefined): boolean {
    const name = ENCODER.encode(entry.name)
    const before = this.#plus ? ENTRY_BYTES : 0
    const bytes = (before + 24 + name.length + 7) & ~7
    if (this.#length + bytes > this.#room) return false
    PART.bytes.fill(0, this.#length, this.#length + bytes)
    const lookedUp = this.#plus ? known() : undefined
    if (lookedUp !== undefined) putEntry(PART, this.#length, lookedUp)
    const at = this.#length + before
    PART.setU64(at, entry.ino)
    PART.setU64(at + 8, next)
    PART.setU32(at + 16, name.length)
    PART.setU32(at + 20, FILE_TYPE[entry.kind].entry)
    PART.bytes.set(name, at + 24)
    this.#length += bytes
    return true
  }

  get bytes(): Uint8Array {
    return PART.bytes.slice(0, this.#length)
  }
}
