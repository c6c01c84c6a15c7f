import type { Machine } from '@memhp/core'
import { ARCHS } from '@memhp/platforms'
import { parseTrace } from '@memhp/trace'
import {
  recordingText,
  TRACE_FOLDERS,
  type TraceFolder,
  tracePaths,
  UEFI_FOLDERS,
} from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import { Replay } from '../src/index'
import { PLUGINS } from './plugins'

/** A kind of an architecture, the generation and the recording that shows it. */
type Shown = readonly [arch: string, kind: string, kernel: string, recording: string]

const archNamed = (name: string) => ARCHS.find((arch) => arch.name === name)

/** The kind whose options, where any kind names them, are the given ones. */
function kindOf(name: string, given: Readonly<Record<string, unknown>>): string | undefined {
  const arch = archNamed(name)
  const variants = Object.entries(arch?.variants ?? {})
  const telling = new Set(variants.flatMap(([, options]) => Object.keys(options)))
  const told = (options: Readonly<Record<string, unknown>>): unknown =>
    Object.entries(arch?.parseOptions({ ...options }) ?? {})
      .filter(([key]) => telling.has(key))
      .toSorted()
      .join()
  return variants.find(([, options]) => told(options) === told(given))?.[0]
}

const kindOfMachine = ({ arch, description }: Machine): string =>
  kindOf(arch.name, description.archOptions ?? {}) ?? 'no kind'

/** Runs of one folder are of machines of one kind; walks are of any. */
const pathsToLookAt = (folder: TraceFolder): readonly string[] =>
  folder === 'walks' ? tracePaths(folder) : tracePaths(folder).slice(0, 1)

async function shownByTraces(): Promise<readonly Shown[]> {
  const shown: Shown[] = []
  for (const folder of [...TRACE_FOLDERS, ...UEFI_FOLDERS]) {
    for (const path of pathsToLookAt(folder)) {
      const trace = parseTrace(recordingText(path), { name: path })
      const { machine } = await Replay.begin(trace, PLUGINS)
      shown.push([machine.arch.name, kindOfMachine(machine), machine.generation.name, folder])
    }
  }
  return shown
}

/** Recorded tables say their levels, or by which leaves they map. */
function shownByTables(): readonly Shown[] {
  const x86 = ['x86_64-page-tables.json.gz', 'x86_64-page-tables-5-levels.json.gz'].flatMap(
    (path) => {
      const { cases }: { cases: readonly { levels: number }[] } = JSON.parse(recordingText(path))
      return cases.map(
        ({ levels }): Shown => ['x86_64', kindOf('x86_64', { levels }) ?? '', 'v6.1', path],
      )
    },
  )
  const path = 's390x-7.2-page-tables.json.gz'
  const stages: readonly { leaves?: Readonly<Record<string, number>> }[] = JSON.parse(
    recordingText(path),
  )
  const sizes = new Set(stages.flatMap(({ leaves = {} }) => Object.keys(leaves)))
  expect(sizes).toContain('4096')
  const edat = sizes.has(String(2 ** 31)) ? 2 : sizes.has(String(2 ** 20)) ? 1 : 0
  const arm64 = [
    ['arm64-7.3-page-tables.json.gz', 4096],
    ['arm64-7.3-16k-page-tables.json.gz', 16_384],
  ].map(([file, pageBytes]): Shown => {
    const { steps }: { steps: readonly { runs?: readonly { leaf: number }[] }[] } = JSON.parse(
      recordingText(String(file)),
    )
    const sizes = steps.flatMap(({ runs = [] }) => runs.map(({ leaf }) => leaf))
    expect(Math.min(...sizes)).toBe(pageBytes)
    return ['aarch64', kindOf('aarch64', { pageBytes }) ?? '', 'v7.3', String(file)]
  })
  const loong = 'loong64-7.2-page-tables.json.gz'
  const { steps }: { steps: readonly { runs?: readonly { leaf: number }[] }[] } = JSON.parse(
    recordingText(loong),
  )
  // A table of 2048 entries of pages of 16 KiB.
  expect(new Set(steps.flatMap(({ runs = [] }) => runs.map(({ leaf }) => leaf)))).toEqual(
    new Set([2048 * 16_384]),
  )
  const loongArch: Shown = [
    'loongarch64',
    kindOf('loongarch64', { pageBytes: 16_384 }) ?? '',
    'v7.2',
    loong,
  ]
  const riscv = [
    'riscv64-7.2-boot-offline',
    'riscv64-7.2-sv48-page-tables',
    'riscv64-7.2-sv39-page-tables',
  ].map((name): Shown => {
    const path = `${name}.json.gz`
    const entries: readonly { mode?: number }[] = JSON.parse(recordingText(path))
    const mode = entries.find((entry) => entry.mode !== undefined)?.mode
    const kind = mode === 57 ? null : `sv${mode}`
    return ['riscv64', kindOf('riscv64', { mode: kind }) ?? '', 'v7.2', path]
  })
  return [
    ...x86,
    ...arm64,
    ...riscv,
    loongArch,
    ['s390x', kindOf('s390x', { edat }) ?? '', 'v7.2', path],
  ]
}

const claimed = (): readonly Shown[] =>
  ARCHS.flatMap(({ name, evidence = {} }) =>
    Object.entries(evidence).flatMap(([kind, { recordings }]) =>
      Object.entries(recordings).flatMap(([kernel, paths]) =>
        paths.map((path): Shown => [name, kind, kernel, path]),
      ),
    ),
  )

const lines = (shown: readonly Shown[]): readonly string[] =>
  [...new Set(shown.map((each) => each.join(': ')))].toSorted()

describe('what an architecture was checked against', () => {
  test('is claimed of the kinds and kernels that recordings show, and of no other', async () => {
    expect(lines(claimed())).toEqual(lines([...(await shownByTraces()), ...shownByTables()]))
  }, 60_000)

  test('is claimed of kinds that there are', () => {
    for (const { evidence = {}, variants = {} } of ARCHS)
      expect(Object.keys(variants)).toEqual(expect.arrayContaining(Object.keys(evidence)))
  })
})
