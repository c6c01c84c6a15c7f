import type { BlockGroup, BlockInfo, BlockZones, ExplainedTopology } from '@memhp/topology'
import type { NamedSource } from '../source/choice'

/** Version of every JSON document that the command prints. It grows when a field changes its meaning or goes. */
const JSON_VERSION = 1

interface ZonesJson {
  readonly zone: string | null
  readonly candidateZones: readonly string[]
}

const zonesJson = (zones: BlockZones): ZonesJson => ({
  zone: zones.kind === 'in' ? zones.name : null,
  candidateZones:
    zones.kind === 'candidates' ? zones.names : zones.kind === 'in' ? (zones.mayMoveTo ?? []) : [],
})

/** A block as JSON has it: zones in two fields, which are both empty for `none`. */
export function blockJson(block: BlockInfo): object {
  const { zones, contents, ...rest } = block
  return { ...rest, sizeBytes: block.end - block.start, ...zonesJson(zones), contents }
}

/** A run of like blocks as JSON has it. */
export function rangeJson(group: BlockGroup): object {
  const { start, end, firstBlock, lastBlock, device, blocks } = group
  const [block] = blocks
  return {
    start,
    end,
    sizeBytes: end - start,
    firstBlock,
    lastBlock,
    state: block?.state,
    ...(block === undefined ? {} : zonesJson(block.zones)),
    nodes: block?.nodes,
    device,
  }
}

/** A whole document: version and source, what was asked for, and what was not to be known. */
export function jsonDocument(
  choice: NamedSource,
  topology: ExplainedTopology,
  body: Readonly<Record<string, unknown>>,
): string {
  const { arch, release, pageBytes, pageBytesFrom, blockBytes, bases, notes } = topology
  const machine = { arch, release, pageBytes, pageBytesFrom, blockBytes, bases }
  const document = { version: JSON_VERSION, source: choice, machine, ...body, notes }
  return `${JSON.stringify(document, null, 2)}\n`
}
