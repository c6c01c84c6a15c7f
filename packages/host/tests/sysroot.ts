import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Capture } from '@memhp/capture'
import { bytesOfText, isBinaryFile } from '@memhp/kernel-files'
import { onTestFinished } from 'vitest'
import { readCaptureFile } from '../src/index'

/** A captured host of this repository. @param name without `.json.gz` */
export const readReal = (name: string): Promise<Capture> =>
  readCaptureFile(fileURLToPath(new URL(`../../../captures/${name}.json.gz`, import.meta.url)))

/** An empty folder that goes when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-host-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes a file below a folder, and the directories above it. */
export function put(root: string, path: string, content: string | Uint8Array): void {
  const place = join(root, path)
  mkdirSync(dirname(place), { recursive: true })
  writeFileSync(place, content)
}

/** Lays a capture out as files and links below a folder, as a sysroot that it could have been taken from. */
export function layOut(capture: Capture, root: string): void {
  for (const path of capture.directories) mkdirSync(join(root, path), { recursive: true })
  for (const [path, text] of Object.entries(capture.files)) {
    put(root, path, isBinaryFile(path) ? bytesOfText(text) : text)
  }
  for (const [path, target] of Object.entries(capture.links)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    symlinkSync(target, join(root, path))
  }
  for (const path of Object.keys(capture.files)) chmodSync(join(root, path), 0o444)
  for (const [path, octal] of Object.entries(capture.modes)) {
    if (capture.files[path] === undefined) put(root, path, '')
    chmodSync(join(root, path), Number.parseInt(octal, 8))
  }
}

/** Bits of /proc/kpageflags by class of pages. */
const FLAG_BITS: Readonly<Record<string, readonly number[]>> = {
  hole: [20],
  poisoned: [19],
  withheld: [23],
  free: [10],
  reserved: [32],
  slab: [7, 15],
  pageTable: [26],
  hugetlb: [17, 15],
  anonymous: [5, 12, 14, 11],
  file: [3, 5, 2],
  other: [35],
  unflagged: [],
}

/** A /proc/kpageflags that a capture's summary could have been made from: free pages lie behind the others of a block. */
export function pageFlags({ pages, files }: Capture): Uint8Array {
  if (pages === undefined) throw new Error('no pages were captured')
  const size = Number.parseInt(files['/sys/devices/system/memory/block_size_bytes'] ?? '', 16)
  const pagesPerBlock = size / pages.pageBytes
  const last = pages.blocks.at(-1)?.id ?? -1
  const entries = new BigUint64Array((last + 1) * pagesPerBlock).fill(1n << 20n)
  for (const { id, counts } of pages.blocks) {
    let at = id * pagesPerBlock
    const order = Object.entries(counts).sort(
      ([a], [b]) => Number(a === 'free') - Number(b === 'free'),
    )
    for (const [name, count] of order) {
      const entry = (FLAG_BITS[name] ?? []).reduce((bits, bit) => bits | (1n << BigInt(bit)), 0n)
      entries.fill(entry, at, at + count)
      at += count
    }
  }
  return new Uint8Array(entries.buffer)
}

/** A FIFO of this name; mkfifo(3) has no call of Node's. */
export function makeFifo(place: string): void {
  const { status } = spawnSync('mkfifo', [place])
  if (status !== 0) throw new Error(`mkfifo ended with ${status}`)
}
