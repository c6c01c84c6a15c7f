import { ERRNO, isHotplugError, type LocalTree } from '@memhp/core'
import {
  type Attribute,
  type Directory,
  directoryOf,
  linkTo,
  openDirectory,
  type TreeNode,
} from '@memhp/core/plugin'
import { bytesOfText, isBinaryFile } from '@memhp/kernel-files'
import type { FuseAnswer, FuseConnection, FuseHandler, FuseRequest } from '../fuse/connection'
import type { Fields } from '../fuse/fields'
import { FOPEN_DIRECT_IO, FOPEN_NOFLUSH, OPCODE, SETATTR_OWNERSHIP } from '../fuse/protocol'
import {
  type Attributes,
  attributesAnswer,
  entryAnswer,
  initAnswer,
  type KnownEntry,
  openAnswer,
  pollAnswer,
  statfsAnswer,
  writeAnswer,
} from '../fuse/structures'
import { isDevice, withDevices } from './devices'
import { Directories } from './directories'
import { OpenNodes } from './handles'
import { type Inode, Inodes, pathOf } from './inodes'
import { StalledWrites } from './stalled-writes'

/** What a tree is served with. */
export interface TreeServerOptions {
  /** Who owns the files. */
  readonly uid: number
  readonly gid: number
  /** Bytes of a page of the machine: what stat(2) tells of a file below /sys. Of one below /proc it tells 0. */
  readonly pageBytes: number
  /** When everything was made, as stat(2) shows it: seconds since 1970. */
  readonly time: number
  /** Links at the root beside what the tree has there. */
  readonly links: Readonly<Record<string, string>>
  /** How long a write takes. Milliseconds of `now`. */
  readonly duration: (path: string, text: string) => number
  /** The machine's time in milliseconds. */
  readonly now: () => number
  /** Called when a write has been carried out, before the writer hears of it. */
  readonly written: () => void
  /** Hears of what is thrown and is not a refusal: a fault of ours. The program that asked gets EIO. */
  readonly failed: (error: unknown) => void
}

/** Seconds for which the kernel keeps a name: for as long as nothing tells it otherwise. */
const KEPT_SECONDS = 3600

const NOTHING: FuseAnswer = { kind: 'none' }
const DONE: FuseAnswer = { kind: 'data', data: new Uint8Array(0) }
const data = (bytes: Uint8Array): FuseAnswer => ({ kind: 'data', data: bytes })
const refuse = (errno: keyof typeof ERRNO): FuseAnswer => ({ kind: 'errno', errno: ERRNO[errno] })

const TEXT = new TextDecoder()
const ENCODER = new TextEncoder()
const GOING_OFFLINE = ENCODER.encode('going-offline\n')

/** The name at the start of a body, without its final NUL. */
const nameIn = (body: Fields): string => TEXT.decode(body.bytes.subarray(0, body.bytes.indexOf(0)))

type Answers = Readonly<
  Partial<Record<number, (request: FuseRequest) => FuseAnswer | Promise<FuseAnswer>>>
>

/** Serves a tree to the kernel: each request of the FUSE protocol is a call of the tree. */
export class TreeServer {
  readonly #tree: LocalTree
  readonly #options: TreeServerOptions
  readonly #inodes: Inodes
  readonly #open = new OpenNodes()
  readonly #answers: Answers
  readonly #stalled = new StalledWrites({
    refusal: (error) => this.#refusal(OPCODE.WRITE, error),
    now: () => this.#options.now(),
  })
  #connection: FuseConnection | undefined
  readonly #removed = new Set<Inode>()

  constructor(tree: LocalTree, options: TreeServerOptions) {
    const root = openDirectory(tree, '/')
    if (root === undefined) throw new TypeError('the tree has no root')
    this.#tree = tree
    this.#options = options
    this.#inodes = new Inodes(withLinks(withDevices(root, tree), options.links))
    this.#answers = this.#table()
  }

  /** Handles requests of the connection that is attached. */
  readonly handler: FuseHandler = {
    answer: (request) => {
      const answer = this.#answer(request)
      if (this.#removed.size === 0) return answer
      return this.#tellRemoved().then(() => answer)
    },
    knownFile: () => this.#inodes.openedFile,
  }

  attach(connection: FuseConnection): void {
    this.#connection = connection
  }

  /** Notes that a device is gone: names that lead to it are taken back from the kernel before the next answer. */
  deviceRemoved(path: string): void {
    const known = this.#inodes.known(path)
    if (known !== undefined) this.#removed.add(known)
  }

  /** Takes back from the kernel all names that lead nowhere now, after a change that no event told of. */
  async refresh(): Promise<void> {
    this.#stalled.retry()
    for (const inode of this.#inodes.gone()) this.#removed.add(inode)
    await this.#tellRemoved()
  }

  /** Answers what still waits, as a signal would: nothing is served from now on. */
  end(): void {
    this.#stalled.end()
  }

  async #tellRemoved(): Promise<void> {
    const removed = [...this.#removed]
    this.#removed.clear()
    for (const { parent, id, name } of removed) {
      if (parent === undefined) continue
      if (parent.node.kind === 'directory' && parent.node.get(name) !== undefined) continue
      parent.children.delete(name)
      await this.#connection?.tellDeleted(parent.id, id, name)
    }
  }

  #answer(request: FuseRequest): FuseAnswer | Promise<FuseAnswer> {
    const answerTo = this.#answers[request.opcode]
    // ENOSYS tells the kernel to do without: FSYNC, ACCESS, extended attributes, llseek.
    if (answerTo === undefined) return refuse('ENOSYS')
    try {
      return answerTo(request)
    } catch (error) {
      return this.#refusal(request.opcode, error)
    }
  }

  /** A file whose device went while it was open: sysfs says ENODEV. */
  #refusal(opcode: number, error: unknown): FuseAnswer {
    if (!isHotplugError(error)) {
      this.#options.failed(error)
      return refuse('EIO')
    }
    const isOpen = opcode === OPCODE.READ || opcode === OPCODE.WRITE
    return refuse(isOpen && error.errno === 'ENOENT' ? 'ENODEV' : error.errno)
  }

  #table(): Answers {
    const never = (): FuseAnswer => refuse('EPERM')
    const directories = new Directories(this.#inodes, this.#open, (directory, name, node) =>
      this.#know(directory, name, node),
    )
    const ofDirectory = (told: Uint8Array | undefined): FuseAnswer =>
      told === undefined ? refuse('ENOTDIR') : data(told)
    return {
      [OPCODE.INIT]: ({ body }) => data(initAnswer(body)),
      [OPCODE.DESTROY]: () => DONE,
      [OPCODE.NOTIFY_REPLY]: () => NOTHING,
      [OPCODE.INTERRUPT]: ({ body }) => this.#interrupt(body.u64(0)),
      [OPCODE.STATFS]: () => data(statfsAnswer()),
      [OPCODE.LOOKUP]: (request) => this.#lookUp(request),
      [OPCODE.FORGET]: ({ node, body }) => this.#forget(node, body.u64(0)),
      [OPCODE.BATCH_FORGET]: ({ body }) => this.#forgetMany(body),
      [OPCODE.GETATTR]: (request) => this.#attributes(request),
      [OPCODE.SETATTR]: (request) => this.#setAttributes(request),
      [OPCODE.READLINK]: (request) => this.#readLink(request),
      [OPCODE.OPEN]: (request) => this.#openFile(request),
      [OPCODE.READ]: (request) => this.#read(request),
      [OPCODE.WRITE]: (request) => this.#write(request),
      [OPCODE.POLL]: (request) => this.#poll(request),
      [OPCODE.RELEASE]: ({ body }) => this.#release(body),
      [OPCODE.OPENDIR]: ({ node }) => ofDirectory(directories.open(node)),
      [OPCODE.READDIR]: ({ node, body }) => ofDirectory(directories.read(node, body, false)),
      [OPCODE.READDIRPLUS]: ({ node, body }) => ofDirectory(directories.read(node, body, true)),
      [OPCODE.RELEASEDIR]: ({ body }) => this.#release(body),
      // What exists in sysfs follows from what exists in the machine. Source: fs/kernfs/dir.c, fs/namei.c 6.1.
      [OPCODE.CREATE]: () => refuse('EACCES'),
      [OPCODE.MKNOD]: never,
      [OPCODE.MKDIR]: never,
      [OPCODE.SYMLINK]: never,
      [OPCODE.UNLINK]: never,
      [OPCODE.RMDIR]: never,
      [OPCODE.RENAME]: never,
      [OPCODE.RENAME2]: never,
      [OPCODE.LINK]: never,
    }
  }

  #lookUp({ node, body }: FuseRequest): FuseAnswer {
    const directory = this.#inodes.get(node)
    const name = nameIn(body)
    const found = directory?.node.kind === 'directory' ? directory.node.get(name) : undefined
    if (directory === undefined || found === undefined) return refuse('ENOENT')
    return data(entryAnswer(this.#know(directory, name, found)))
  }

  /** Notes a lookup, and says what it found. */
  #know(directory: Inode, name: string, node: TreeNode): KnownEntry {
    const inode = this.#inodes.lookUp(directory, name, node)
    return {
      id: inode.id,
      // Devices go with an event. Links to them, and entries of the firmware's map, go without one.
      validSeconds: node.kind === 'link' || isDevice(node) || isNumbered(inode) ? 0 : KEPT_SECONDS,
      attributes: this.#attributesOf(inode),
    }
  }

  #forget(node: number, lookups: number): FuseAnswer {
    this.#inodes.forget(node, lookups)
    return NOTHING
  }

  #forgetMany(body: Fields): FuseAnswer {
    const count = body.u32(0)
    for (let i = 0; i < count; i++) this.#inodes.forget(body.u64(8 + i * 16), body.u64(16 + i * 16))
    return NOTHING
  }

  #attributes({ node }: FuseRequest): FuseAnswer {
    const inode = this.#inodes.get(node)
    return inode === undefined
      ? refuse('ENOENT')
      : data(attributesAnswer(this.#attributesOf(inode)))
  }

  #setAttributes(request: FuseRequest): FuseAnswer {
    const changesOwnership = (request.body.u32(0) & SETATTR_OWNERSHIP) !== 0
    return changesOwnership ? refuse('EPERM') : this.#attributes(request)
  }

  #attributesOf(inode: Inode): Attributes {
    inode.attributes ??= this.#newAttributes(inode)
    return inode.attributes
  }

  #newAttributes(inode: Inode): Attributes {
    const { uid, gid, time, pageBytes } = this.#options
    const { ino, node } = inode
    const base = { ino, uid, gid, time, blockBytes: pageBytes, size: 0 }
    if (node.kind === 'directory') return { ...base, kind: 'directory', mode: 0o755 }
    if (node.kind === 'link') return { ...base, kind: 'link', mode: 0o777 }
    if (isDevice(node)) return { ...base, kind: 'device', mode: node.mode, device: node.device }
    return {
      ...base,
      kind: 'file',
      mode: node.mode,
      size: isInSysfs(inode) ? pageBytes : 0,
    }
  }

  #readLink({ node }: FuseRequest): FuseAnswer {
    const link = this.#inodes.get(node)?.node
    return link?.kind === 'link' ? data(ENCODER.encode(link.target)) : refuse('EINVAL')
  }

  /** The mode binds root too, as sysfs has it. Source: kernfs_fop_open(), fs/kernfs/file.c 6.1. */
  #openFile({ node, body }: FuseRequest): FuseAnswer {
    const inode = this.#inodes.get(node)
    if (inode?.node.kind !== 'file') return refuse('ENODEV')
    const { mode } = inode.node
    const access = body.u32(0) & 0b11
    if (access !== 1 && (mode & 0o444) === 0) return refuse('EACCES')
    if (access !== 0 && (mode & 0o222) === 0) return refuse('EACCES')
    this.#inodes.openedFile = node
    const handle = this.#open.open({ kind: 'file', text: undefined })
    return data(openAnswer(handle, FOPEN_DIRECT_IO | FOPEN_NOFLUSH))
  }

  /** The text is made at offset 0 and read on from there, as a seq_file has it. */
  #read({ node, body }: FuseRequest): FuseAnswer {
    const inode = this.#inodes.get(node)
    const file = this.#open.file(body.u64(0))
    if (inode?.node.kind !== 'file' || file === undefined) return refuse('ENODEV')
    const offset = body.u64(8)
    const length = body.u32(16)
    if (inode.node.bytes !== undefined) {
      return data(inode.node.bytes(offset, length))
    }
    if (offset === 0 || file.text === undefined) file.text = this.#contents(inode, inode.node)
    return data(file.text.subarray(offset, offset + length))
  }

  #contents(inode: Inode, { show }: Attribute): Uint8Array {
    const block = this.#stalled.blockUnderWay
    if (block !== undefined && pathOf(inode) === `${block}/state`) return GOING_OFFLINE
    // The tree says what keeps it from being read.
    const text = show === undefined ? this.#tree.read(pathOf(inode)) : show()
    inode.isBinary ??= isBinaryFile(pathOf(inode))
    return inode.isBinary ? bytesOfText(text) : ENCODER.encode(text)
  }

  /** Each write(2) is one call of the store function, wherever in the file it is aimed at. */
  #write({ unique, node, body }: FuseRequest): FuseAnswer | Promise<FuseAnswer> {
    const inode = this.#inodes.get(node)
    if (inode === undefined) return refuse('ENODEV')
    const size = body.u32(16)
    const text = TEXT.decode(body.bytes.subarray(40, 40 + size))
    const path = pathOf(inode)
    const carryOut = (): FuseAnswer => {
      try {
        this.#tree.write(path, text)
      } finally {
        this.#options.written()
      }
      return data(writeAnswer(size))
    }
    const duration = (): number => this.#options.duration(path, text)
    const answer = this.#stalled.write({ unique, path, carryOut, duration })
    if (!(answer instanceof Promise)) this.#stalled.retry()
    return answer
  }

  #interrupt(unique: number): FuseAnswer {
    this.#stalled.interrupt(unique)
    return NOTHING
  }

  /**
   * Always ready. A file of sysfs that was opened and not read yet has news beside that, for it never was up to date.
   * Source: kernfs_generic_poll, fs/kernfs/file.c 6.1.
   */
  #poll({ node, body }: FuseRequest): FuseAnswer {
    const inode = this.#inodes.get(node)
    const isUnread = this.#open.file(body.u64(0))?.text === undefined
    return data(pollAnswer(inode !== undefined && isInSysfs(inode) && isUnread ? 'news' : 'ready'))
  }

  #release(body: Fields): FuseAnswer {
    this.#open.close(body.u64(0))
    return DONE
  }
}

function withLinks(root: Directory, links: Readonly<Record<string, string>>): Directory {
  const entries = directoryOf(
    Object.fromEntries(Object.entries(links).map(([name, target]) => [name, linkTo(target)])),
  )
  return {
    kind: 'directory',
    names: () => [...root.names(), ...entries.names()],
    get: (name) => root.get(name) ?? entries.get(name),
  }
}

/** Entries of `/sys/firmware/memmap` are numbered, and go without an event. */
const isNumbered = ({ name }: Inode): boolean => /^\d+$/.test(name)

function isInSysfs(inode: Inode): boolean {
  let at = inode
  while (at.parent?.parent !== undefined) at = at.parent
  return at.name === 'sys'
}
