// Recorded runs of real kernels (README.md), for tests and examples.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** The folders of traces. */
export const TRACE_FOLDERS = [
  'x86_64',
  'x86_64-faults',
  'ppc64le-radix',
  'ppc64le-hash',
  'ppc64le-faults',
  'x86_64-3.10',
  'x86_64-6.12.117',
  'x86_64-6.18.15',
  'x86_64-7.3.4',
  'ppc64le-radix-6.12.107',
  'ppc64le-radix-7.2.13',
  'ppc64le-hash-7.2.13',
  's390x-6.1',
  's390x-7.2',
  'virtio-mem-x86_64-6.1',
  'virtio-mem-x86_64-6.12',
  'virtio-mem-x86_64-7.3',
  'walks',
] as const
/** Those of machines with UEFI, whose firmware withholds memory that no flat view tells of: replayed, and not read as captures. */
export const UEFI_FOLDERS = ['arm64-5.10', 'arm64-6.12', 'arm64-7.3', 'loong64-7.2'] as const
export type TraceFolder = (typeof TRACE_FOLDERS)[number] | (typeof UEFI_FOLDERS)[number]

/** The text of one recording. @param path below this folder: `x86_64-page-tables.json.gz` */
export const recordingText = (path: string): string =>
  gunzipSync(readFileSync(join(import.meta.dirname, path))).toString('utf8')

/** Paths of the recordings in a folder, by name. */
const recordingPaths = (folder: string): string[] =>
  readdirSync(join(import.meta.dirname, folder))
    .filter((name) => name.endsWith('.json.gz'))
    .sort()
    .map((name) => `${folder}/${name}`)

/** Paths of the traces of a folder, by name. */
export const tracePaths = (folder: TraceFolder): string[] => recordingPaths(folder)

/** Paths of what programs printed in guests (transcripts/README.md). */
export const transcriptPaths = (): string[] => recordingPaths('transcripts')

/** Paths of what the kernel's own test of memory hot-plug printed in guests. */
export const selftestPaths = (): string[] => recordingPaths('transcripts/selftest')

/** Every trace as it was parsed, unchecked, with its name. @typeParam T what the caller takes it for */
export const recordedTraces = <T>(): (readonly [name: string, trace: T])[] =>
  TRACE_FOLDERS.flatMap(tracePaths).map((path) => {
    const trace = JSON.parse(recordingText(path)) as T & { readonly name: string }
    return [trace.name, trace] as const
  })
