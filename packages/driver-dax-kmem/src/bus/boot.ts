import { type Machine, nodeId, rangesOverlap } from '@memhp/core'
import { findNode } from '@memhp/core/inspect'
import { joinGroup, refuseDescription, registerGroup, reserveRegion } from '@memhp/core/plugin'
import { type DaxKmemLayout, type DaxRegionConfig, memoryOf } from '../config'
import { blockRangesOf, blocksOf } from '../kmem/range'
import { bytesOf, type DaxDevice, daxState, regionId } from '../state'
import { attachAll, DAX_DRIVERS, takeByName } from './bus'

/**
 * Boot: firmware's lines, then the drivers take the devices. On a captured machine blocks that are there are taken for a device's.
 * @throws HotplugError BAD_DESCRIPTION where a region is boot memory, or its node is not possible
 */
export function bootDevices(machine: Machine, { regions }: DaxKmemLayout): void {
  for (const [i, region] of regions.entries())
    checkPlace(machine, region, `drivers.dax-kmem.regions[${i}]`)
  const { devices } = daxState(machine)
  for (const device of [...devices]) {
    const region = regions[device.minor]
    if (region === undefined) continue
    listFirmware(machine, region, device)
    if (isIgnored(machine, device)) devices.splice(devices.indexOf(device), 1)
    else adopt(machine, device, region)
  }
  bindAll(machine, regions)
}

const isIgnored = ({ generation }: Machine, { kind }: DaxDevice): boolean =>
  kind === 'soft-reserved' && generation.rules.dax.softReserved === 'ignored'

function checkPlace(machine: Machine, region: DaxRegionConfig, place: string): void {
  const { ram } = machine.description
  if (ram.some((range) => rangesOverlap(range, memoryOf(region))))
    refuseDescription(`${place}.start`, 'is boot memory: leave it out of ram.')
  if (findNode(machine, nodeId(region.node)) === undefined)
    refuseDescription(`${place}.node`, `the machine has no node ${region.node}.`)
}

/** Lines that firmware has for the memory, where a capture has not brought them. */
function listFirmware(machine: Machine, region: DaxRegionConfig, device: DaxDevice): void {
  const { resources } = machine.state.memory
  const range = memoryOf(region)
  if (resources.children.some(({ start, end }) => start < range.end && range.start <= end)) return
  for (const name of linesOf(machine, device))
    reserveRegion(resources, { name, range, busy: false })
}

function linesOf(machine: Machine, { kind, name }: DaxDevice): readonly string[] {
  if (kind === 'persistent') return ['Persistent Memory (legacy)']
  const { line, softReserved } = machine.generation.rules.dax
  if (line === 'none') return []
  const reserved = 'Soft Reserved'
  return line === 'below-device' && softReserved !== 'ignored'
    ? [`hmem.${regionId(name)}`, reserved]
    : [reserved]
}

/** Takes in what kmem had given the kernel when the machine was captured. */
function adopt(machine: Machine, device: DaxDevice, region: DaxRegionConfig): void {
  const ranges = blockRangesOf(machine, device)
  if (ranges.length === 0) return
  const blocks = ranges.flatMap((range) => blocksOf(machine, range)).map(({ id }) => id)
  const isUnplugged = region.driver === 'kmem' && region.state === 'unplugged'
  if (blocks.length === 0 && !isUnplugged) return
  const pages = bytesOf(ranges) / machine.geometry.pageBytes
  const groupId = registerGroup(machine, { kind: 'static', nodeId: nodeId(device.node), pages })
  joinGroup(machine, { groupId, blocks })
  const state = region.state ?? machine.state.memory.settings.autoOnline
  device.memory = { ranges, groupId, state }
  if (region.driver === 'none') return
  device.driver = 'kmem'
  daxState(machine).ids.kmem.push(device.name)
}

/** The drivers are loaded one after the other; what a description wants otherwise is bound by name. */
function bindAll(machine: Machine, regions: DaxKmemLayout['regions']): void {
  const isFree = ({ minor }: DaxDevice): boolean => regions[minor]?.driver === undefined
  for (const driver of DAX_DRIVERS) attachAll(machine, driver, isFree)
  for (const device of daxState(machine).devices) {
    const { driver = 'none' } = regions[device.minor] ?? {}
    if (driver !== 'none' && device.driver === null) takeByName(machine, driver, device)
  }
}
