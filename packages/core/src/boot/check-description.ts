import { isAligned } from '../address/units'
import type { Arch } from '../model/arch'
import type { MachineDescription } from '../model/description'
import type { Features } from '../model/features'
import { refuseDescription as refuse } from '../shape/refuse-description'
import { zoneSpecs } from '../zone/zone-table'
import { checkBlocks, checkMeminfo, checkZoneSpans, reachText } from './check-captured'
import { checkMaps } from './check-maps'

/**
 * Checks whether the parts of a description agree. Their types are checked already.
 * @throws HotplugError BAD_DESCRIPTION that names the place and what would be right
 */
export function checkDescription(
  description: MachineDescription,
  arch: Arch,
  features: Features,
): void {
  const { nodes, ram } = description
  if (nodes.length === 0) refuse('nodes', 'a machine needs at least one node.')
  const ids = new Set<number>()
  nodes.forEach((node, i) => {
    if (ids.has(node.id)) refuse(`nodes[${i}].id`, `node ${node.id} is described twice.`)
    ids.add(node.id)
  })
  if (ram.length === 0) refuse('ram', 'a machine needs memory to boot from.')
  checkRam(description, arch, ids)
  checkNodes(description, ids)
  checkZones(description, arch, features)
  checkBlockSize(description, arch)
  checkBlocks(description, arch, ids)
  checkZoneSpans(description, arch)
  checkMaps(description)
  checkMeminfo(description)
}

function checkRam(description: MachineDescription, arch: Arch, nodes: ReadonlySet<number>): void {
  const pageBytes = 2 ** arch.geometry.pageShift
  const { mappable } = arch
  let end = 0
  description.ram.forEach((range, i) => {
    const place = `ram[${i}]`
    if (range.start >= range.end) refuse(place, 'start must be below end.')
    if (range.start < end) refuse(place, 'ranges must be in ascending order and must not overlap.')
    if (!isAligned(range.start, pageBytes) || !isAligned(range.end, pageBytes)) {
      refuse(place, `start and end must be multiples of the page size (${pageBytes} bytes).`)
    }
    if (range.start < mappable.start || range.end > mappable.end) refuse(place, reachText(arch))
    if (!nodes.has(range.node))
      refuse(`${place}.node`, `node ${range.node} is not among the nodes.`)
    end = range.end
  })
}

/** What is said of nodes is said of nodes that there are, and a CPU belongs to one. */
function checkNodes(description: MachineDescription, nodes: ReadonlySet<number>): void {
  const owners = new Map<number, number>()
  description.nodes.forEach(({ id, cpus }, i) => {
    for (const cpu of cpus) {
      const owner = owners.get(cpu)
      if (owner !== undefined) refuse(`nodes[${i}].cpus`, `CPU ${cpu} is on node ${owner} already.`)
      owners.set(cpu, id)
    }
  })
  for (const key of ['zones', 'freePages'] as const) {
    description[key]?.forEach(({ node }, i) => {
      if (!nodes.has(node)) refuse(`${key}[${i}].node`, `node ${node} is not among the nodes.`)
    })
  }
}

/** Zones that blocks and counts name must be zones of the machine. */
function checkZones(description: MachineDescription, arch: Arch, features: Features): void {
  const specs = zoneSpecs({ geometry: arch.geometry, features })
  const check = (place: string, zone: string | null, among = specs): void => {
    if (zone === null || among.some(({ name }) => name === zone)) return
    const names = among.map(({ name }) => name).join(', ')
    refuse(place, `${arch.name} has no zone ${JSON.stringify(zone)} there; it has ${names}.`)
  }
  // ZONE_DEVICE has no memory blocks.
  const ofBlocks = specs.filter(({ kind }) => kind !== 'device')
  description.blocks?.forEach((block, i) => {
    const place = `blocks[${i}].zone (memory${block.id})`
    if (block.state === 'offline') return
    if (block.zone === null && !block.early)
      refuse(place, 'hot-added memory that is online has a zone.')
    check(place, block.zone, ofBlocks)
  })
  description.zones?.forEach((facts, i) => {
    check(`zones[${i}].zone`, facts.zone)
  })
  checkCounts(description)
}

/** Counts by which boot describes pages. */
function checkCounts({ zones = [], freePages = [] }: MachineDescription): void {
  zones.forEach(({ node, zone, spannedPages, presentPages, managedPages, cmaPages = 0 }, i) => {
    if (cmaPages > managedPages)
      refuse(`zones[${i}].cmaPages`, `${cmaPages} of the ${managedPages} pages that are managed.`)
    if (managedPages <= presentPages && presentPages <= spannedPages) return
    const told = `managed ${managedPages}, present ${presentPages}, spanned ${spannedPages}`
    refuse(`zones[${i}] (${node}/${zone})`, `must be counts that ascend: ${told}.`)
  })
  freePages.forEach(({ node, pages }, i) => {
    if (zones.length === 0) return
    const managed = zones
      .filter((facts) => facts.node === node)
      .reduce((sum, { managedPages }) => sum + managedPages, 0)
    if (pages <= managed) return
    refuse(`freePages[${i}].pages`, `${pages} of the ${managed} pages that node ${node} manages.`)
  })
}

function checkBlockSize(description: MachineDescription, arch: Arch): void {
  const size = description.blockSizeBytes
  const sectionBytes = 2 ** arch.geometry.sectionSizeBits
  if (size === undefined || size >= sectionBytes) return
  refuse('blockSizeBytes', `${size} is smaller than a section (${sectionBytes} bytes).`)
}
