import { formatHex } from '@memhp/kernel-files'
import { isAligned, isPowerOfTwo } from '../address/units'
import { HotplugError } from '../errors/hotplug-error'
import type { Arch } from '../model/arch'
import type { MachineDescription } from '../model/description'
import type { Features } from '../model/features'
import { zoneSpecs } from '../zone/zone-table'

function refuse(place: string, what: string): never {
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0

/**
 * Checks what a machine is to be made from.
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
    if (!isCount(node.id)) refuse(`nodes[${i}].id`, `${node.id} is not a node number.`)
    if (ids.has(node.id)) refuse(`nodes[${i}].id`, `node ${node.id} is described twice.`)
    ids.add(node.id)
  })
  if (ram.length === 0) refuse('ram', 'a machine needs memory to boot from.')
  checkRam(description, arch, ids)
  const { journalLimit = 0 } = description
  if (!isCount(journalLimit)) refuse('journalLimit', `${journalLimit} is not a number of entries.`)
  checkZones(description, arch, features)
  checkBlockSize(description, arch)
}

function checkRam(description: MachineDescription, arch: Arch, nodes: ReadonlySet<number>): void {
  const pageBytes = 2 ** arch.geometry.pageShift
  const limit = arch.mappable.end
  let end = 0
  description.ram.forEach((range, i) => {
    const place = `ram[${i}]`
    if (!isCount(range.start) || !isCount(range.end))
      refuse(place, 'start and end must be byte addresses.')
    if (range.start >= range.end) refuse(place, 'start must be below end.')
    if (range.start < end) refuse(place, 'ranges must be in ascending order and must not overlap.')
    if (!isAligned(range.start, pageBytes) || !isAligned(range.end, pageBytes)) {
      refuse(place, `start and end must be multiples of the page size (${pageBytes} bytes).`)
    }
    if (range.end > limit)
      refuse(place, `${arch.name} addresses memory below ${formatHex(limit)} only.`)
    if (!nodes.has(range.node))
      refuse(`${place}.node`, `node ${range.node} is not among the nodes.`)
    end = range.end
  })
}

/** Zones that blocks and counts name must be zones of the machine. */
function checkZones(description: MachineDescription, arch: Arch, features: Features): void {
  const names = zoneSpecs({ geometry: arch.geometry, features }).map((zone) => zone.name)
  const check = (place: string, zone: string | null): void => {
    if (zone === null || names.includes(zone)) return
    refuse(place, `${arch.name} has no zone ${JSON.stringify(zone)}; it has ${names.join(', ')}.`)
  }
  description.blocks?.forEach((block, i) => {
    const place = `blocks[${i}].zone (memory${block.id})`
    if (block.state === 'offline') return
    if (block.zone === null && !block.early)
      refuse(place, 'hot-added memory that is online has a zone.')
    check(place, block.zone)
  })
  description.zones?.forEach((facts, i) => {
    check(`zones[${i}].zone`, facts.zone)
  })
  checkCounts(description)
}

/** Counts by which boot describes pages. */
function checkCounts({ zones = [], freePages = [] }: MachineDescription): void {
  zones.forEach(({ node, zone, startPfn, spannedPages, presentPages, managedPages }, i) => {
    const counts = [managedPages, presentPages, spannedPages]
    const ascend = managedPages <= presentPages && presentPages <= spannedPages
    if (ascend && [startPfn, ...counts].every(isCount)) return
    const told = `managed ${managedPages}, present ${presentPages}, spanned ${spannedPages}`
    refuse(`zones[${i}] (${node}/${zone})`, `must be counts that ascend: ${told}.`)
  })
  freePages.forEach(({ node, pages }, i) => {
    if (zones.length === 0 && isCount(pages)) return
    const managed = zones
      .filter((facts) => facts.node === node)
      .reduce((sum, { managedPages }) => sum + managedPages, 0)
    if (isCount(pages) && pages <= managed) return
    refuse(`freePages[${i}].pages`, `${pages} of the ${managed} pages that node ${node} manages.`)
  })
}

function checkBlockSize(description: MachineDescription, arch: Arch): void {
  const size = description.blockSizeBytes
  const sectionBytes = 2 ** arch.geometry.sectionSizeBits
  if (size === undefined || (isPowerOfTwo(size) && size >= sectionBytes)) return
  refuse(
    'blockSizeBytes',
    `${size} is not a power of two of at least one section (${sectionBytes} bytes).`,
  )
}
