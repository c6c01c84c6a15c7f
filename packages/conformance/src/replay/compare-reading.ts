import { blockId, type Machine, sectionNr } from '@memhp/core'
import { findBlock, findSection } from '@memhp/core/inspect'
import { compareText, type Difference, type Reading, type TraceStep } from '@memhp/trace'

/** What a recorder also tells, and a model cannot know: which pages hold struct pages, and what else the kernel maps. */
const UNKNOWABLE: readonly string[] = ['phys_of_first', 'total_leaves']

/** Compares what a reading found, part by part. */
export function compareReading(
  machine: Machine,
  { op, result }: TraceStep,
  model: Reading | undefined,
): Difference[] {
  if (model === undefined) return []
  const real = result.reading
  if (op.op === 'page-cgroup-tables') return compareHosts(machine, real ?? {}, model)
  const parts = new Set([...Object.keys(real ?? {}), ...Object.keys(model)])
  return [...parts]
    .filter((part) => !UNKNOWABLE.includes(part))
    .flatMap((part) =>
      compareText(`reading: ${part}`, knowable(real?.[part]), knowable(model[part])),
    )
}

/** Compares the blocks that hold tables: where in a block one lies, and which boot block it is, cannot be known. */
function compareHosts(machine: Machine, real: Reading, model: Reading): Difference[] {
  const isBoot = (digits: string | undefined): boolean =>
    findBlock(machine, blockId(Number(digits)))?.early === true
  const hosts = Object.entries(real).flatMap(([section, place]) => {
    const host = /^block (\d+) /.exec(String(place))?.[1]
    if (host === undefined || findSection(machine, sectionNr(Number(section)))?.early === true)
      return []
    return [[section, isBoot(host) ? 'boot' : `block ${host}`] as const]
  })
  return compareText('page_cgroup tables', Object.fromEntries(hosts), model)
}

/** A node without anything, as a recorder tells of it before it first comes. */
const isNothing = (node: object): boolean => JSON.stringify(node) === '{"pgdat":[0,0,0]}'

function knowable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(knowable)
  if (typeof value !== 'object' || value === null) return value
  if (isNothing(value)) return null
  const known = Object.entries(value).filter(([key]) => !UNKNOWABLE.includes(key))
  return Object.fromEntries(known.map(([key, each]) => [key, knowable(each)]))
}
