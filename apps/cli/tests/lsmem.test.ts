import { execFileSync, spawnSync } from 'node:child_process'
import { type FlatTrace, fromFlatView } from '@memhp/capture'
import { hostTree } from '@memhp/host'
import { type BlockInfo, groupBlocks, readTopology } from '@memhp/topology'
import { recordingText } from 'memhp-recordings'
import { describe, expect, it } from 'vitest'
import { formatRange } from '../src/text/size'
import { TWO_NODES } from './fixture'
import { writeCaptureSysroot, writeSysroot } from './sysroot'

const LSMEM = 'lsmem'
const hasLsmem = spawnSync(LSMEM, ['--version']).error === undefined

/** A few recordings that differ in architecture, nodes and kernel command line. */
const RECORDINGS = [
  'x86_64/x86_64-0001',
  'x86_64/x86_64-0003',
  'x86_64/x86_64-0010',
  'ppc64le-radix/ppc64le-radix-0001',
  'ppc64le-hash/ppc64le-hash-0002',
]

interface Row {
  readonly range: string
  readonly size: number
  readonly state: string
  readonly removable: boolean
  readonly block: string
  readonly node: number | null
  readonly zones: string
}

/** A value that lsmem prints with or without quotes, from release to release. */
const loose = (row: Record<string, unknown>): Row => ({
  range: String(row.range),
  size: Number(row.size),
  state: String(row.state),
  removable: row.removable === true || row.removable === 'yes',
  block: String(row.block),
  node: row.node === null || row.node === undefined ? null : Number(row.node),
  zones: String(row.zones),
})

function lsmemRows(sysroot: string): Row[] {
  const columns = 'RANGE,SIZE,STATE,REMOVABLE,BLOCK,NODE,ZONES'
  const args = ['--sysroot', sysroot, '--json', '--bytes', '--output', columns]
  const json: unknown = JSON.parse(execFileSync(LSMEM, args).toString())
  return (json as { memory: Record<string, unknown>[] }).memory.map(loose)
}

const zonesWord = ({ zones }: BlockInfo): string => {
  if (zones.kind === 'in') return zones.name
  return zones.kind === 'candidates' ? zones.names.join('/') : 'None'
}

async function ourRows(sysroot: string): Promise<Row[]> {
  const { blocks } = await readTopology(hostTree({ sysroot }))
  return groupBlocks(blocks, { by: ['state', 'removable', 'nodes', 'zones'] }).map((group) => {
    const [block] = group.blocks
    if (block === undefined) throw new Error('a group without blocks')
    const { firstBlock, lastBlock } = group
    return {
      range: formatRange(group),
      size: group.end - group.start,
      state: block.state,
      // lsmem does not look at the file of an offline block.
      removable: block.state === 'online' && block.removable === true,
      block: firstBlock === lastBlock ? `${firstBlock}` : `${firstBlock}-${lastBlock}`,
      node: block.nodes[0] ?? null,
      zones: zonesWord(block),
    }
  })
}

describe('lsmem of util-linux', () => {
  it.skipIf(!hasLsmem && process.env.CI === undefined)('is there to be compared with', () => {
    expect(hasLsmem).toBe(true)
  })

  it.runIf(hasLsmem)('sees what we see in the fixture', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    expect(await ourRows(sysroot)).toEqual(lsmemRows(sysroot))
  })

  it.runIf(hasLsmem).each(RECORDINGS)('sees what we see in %s', async (name) => {
    const trace = JSON.parse(recordingText(`${name}.json.gz`)) as FlatTrace
    const sysroot = await writeCaptureSysroot(fromFlatView(trace))
    expect(await ourRows(sysroot)).toEqual(lsmemRows(sysroot))
  })
})
