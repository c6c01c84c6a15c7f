// What is damaged: files of the repository, and descriptions of machines.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseCapture } from '@memhp/capture'
import { GIB, type MachineDescription, MIB } from '@memhp/core'
import { PLUGINS } from '@memhp/platforms'
import { twinOf } from '@memhp/twin'
import { captureNames, captureText } from 'memhp-captures'
import { recordingText } from 'memhp-recordings'
import { TWO_NODES } from '../apps/cli/tests/fixture'
import { GUEST } from '../packages/conformance/tests/machines'
import type { Data } from './input'

const ROOT = join(import.meta.dirname, '..')

/** Captures of the repository, by name. */
export const CAPTURES = captureNames()

/** Scenarios of the repository, by name. */
export const SCENARIOS = readdirSync(join(ROOT, 'scenarios'))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => basename(name, '.yaml'))
  .sort()

/** Texts that reports carry, by the names of their files in `reports/`. */
export const REPORTS = readdirSync(join(import.meta.dirname, 'reports')).sort()

/** Recordings of Linux 6.1: one of each MMU, and one with faults. */
export const TRACES = [
  'x86_64/x86_64-0003',
  'x86_64-faults/x86_64-faults-0101',
  'ppc64le-radix/ppc64le-radix-0001',
  'ppc64le-hash/ppc64le-hash-0001',
]

/** Steps of a recording that are kept, so that many damages can be tried. */
const STEPS = 8

function shortTrace(name: string): string {
  const trace = JSON.parse(recordingText(`${name}.json.gz`)) as { readonly steps: unknown[] }
  return JSON.stringify({ ...trace, steps: trace.steps.slice(0, STEPS) })
}

const READERS: Readonly<Record<string, (name: string) => string>> = {
  capture: captureText,
  scenario: (name) => readFileSync(join(ROOT, 'scenarios', `${name}.yaml`), 'utf8'),
  trace: shortTrace,
  report: (name) => readFileSync(join(import.meta.dirname, 'reports', name), 'utf8'),
  proc: (path) => parseCapture(captureText('x86_64-three-nodes')).files[path] ?? '',
}

const texts = new Map<string, string>()

/** The text of a base. @param base as `capture:x86_64-one-node`: its kind and its name there */
export function baseText(base: string): string {
  const known = texts.get(base)
  if (known !== undefined) return known
  const [kind = '', name = ''] = base.split(':')
  const text = READERS[kind]?.(name) ?? ''
  texts.set(base, text)
  return text
}

/** Copies of /sys and /proc, by name: that of the command's tests, and those of the captures. */
export const TREES = ['two-nodes', ...CAPTURES.filter((name) => !name.includes('24-gib'))]

/** The files and links of a copy of /sys and /proc. `-> target` is a link. */
export function baseTree(name: string): Record<string, string> {
  if (name === 'two-nodes') return { ...TWO_NODES }
  const { files, links } = parseCapture(baseText(`capture:${name}`))
  const targets = Object.entries(links).map(([path, target]) => [path, `-> ${target}`] as const)
  return { ...files, ...Object.fromEntries(targets) }
}

const twinDescription = async (name: string): Promise<MachineDescription> =>
  (await twinOf(parseCapture(captureText(name)), PLUGINS)).machine.description

/** Descriptions by name. Those of captures hold facts, too. */
const DESCRIPTIONS: Readonly<Record<string, MachineDescription>> = {
  guest: GUEST,
  'guest of many words': {
    ...GUEST,
    archOptions: { levels: 5, gbpages: true, structPageBytes: 64 },
    kernel: 'v6.12',
    cmdline: 'movable_node memhp_default_state=online',
    ram: [
      { start: 0, end: GIB, node: 0 },
      { start: 4 * GIB, end: 5 * GIB + 128 * MIB, node: 1 },
    ],
    possibleNodes: [0, 1, 2],
    blockSizeBytes: 128 * MIB,
    freePages: [{ node: 0, pages: 1000 }],
    autoOnlineBlocks: 'online_movable',
    files: { '/proc/version': 'Linux version 6.12\n' },
    seed: 7,
    drivers: { acpi: { slots: 4, devices: [{ slot: 1, faults: { ej0: 'fails' } }] } },
  },
  partition: {
    arch: 'ppc64le',
    archOptions: { mmu: 'radix', pageBytes: 65_536, lmbBytes: 256 * MIB },
    nodes: [
      { id: 0, cpus: [0, 1] },
      { id: 2, cpus: [] },
    ],
    ram: [{ start: 0, end: 2 * GIB, node: 0 }],
    drivers: { pseries: { slots: 4 } },
  },
  captured: await twinDescription('x86_64-dimms-zones'),
  'captured partition': await twinDescription('ppc64le-radix-three-nodes'),
}

/** The names of the descriptions. */
export const DESCRIPTION_NAMES = Object.keys(DESCRIPTIONS)

/** A description, as plain data. @param name one of `DESCRIPTION_NAMES` */
export const baseDescription = (name: string): Data =>
  structuredClone(DESCRIPTIONS[name] ?? GUEST) as unknown as Data
