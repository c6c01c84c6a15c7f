/** What stands in an initramfs. Folders are made as they are needed. */
export type InitramfsEntry =
  | { readonly path: string; readonly content: Uint8Array; readonly mode?: number }
  | { readonly path: string; readonly target: string }

const DIRECTORY = 0o040755
const FILE = 0o100000
const LINK = 0o120777
const DEFAULT_MODE = 0o644

const padding = (size: number): Uint8Array => new Uint8Array((4 - (size % 4)) % 4)

interface Member {
  readonly name: string
  readonly mode: number
  readonly content: Uint8Array
}

/**
 * One member of a `newc` archive: a header of 13 hexadecimal fields, the name, the content, each padded to 4 bytes.
 * Source: Linux Documentation/driver-api/early-userspace/buffer-format.rst.
 */
function memberBytes({ name, mode, content }: Member, inode: number): Uint8Array[] {
  const nameBytes = Buffer.from(`${name}\0`)
  const linkCount = 1
  const zero = 0
  const fields = [
    ...[inode, mode, zero, zero, linkCount, zero, content.length],
    ...[zero, zero, zero, zero, nameBytes.length, zero],
  ]
  const hex = fields.map((field) => field.toString(16).padStart(8, '0')).join('')
  const header = Buffer.from(`070701${hex}`)
  return [
    header,
    nameBytes,
    padding(header.length + nameBytes.length),
    content,
    padding(content.length),
  ]
}

const nameOf = (path: string): string => path.replace(/^\/+/, '')

function foldersOf(entries: readonly InitramfsEntry[]): string[] {
  const folders = new Set<string>()
  for (const { path } of entries) {
    const parts = nameOf(path).split('/').slice(0, -1)
    for (let depth = 1; depth <= parts.length; depth++) {
      folders.add(parts.slice(0, depth).join('/'))
    }
  }
  return [...folders]
}

function memberOf(entry: InitramfsEntry): Member {
  const name = nameOf(entry.path)
  if ('target' in entry) return { name, mode: LINK, content: Buffer.from(entry.target) }
  return { name, mode: FILE | (entry.mode ?? DEFAULT_MODE), content: entry.content }
}

/** An uncompressed archive that Linux unpacks as its initramfs. The same entries give the same bytes. */
export function cpioArchive(entries: readonly InitramfsEntry[]): Buffer {
  const nothing = new Uint8Array()
  const members = [
    ...foldersOf(entries).map((name) => ({ name, mode: DIRECTORY, content: nothing })),
    ...entries.map(memberOf),
    { name: 'TRAILER!!!', mode: 0, content: nothing },
  ]
  return Buffer.concat(members.flatMap((member, index) => memberBytes(member, index + 1)))
}
