import { firstEndingFrom, isSystemRam, SYSTEM_RAM } from '@memhp/kernel-files'
import type { Range } from '../address/range'
import { HotplugError } from '../errors/hotplug-error'
import type { Resource } from '../model/resource'

/** What is to be reserved. @beta */
export interface ResourceRequest {
  readonly name: string
  /** Bytes, end exclusive. */
  readonly range: Range
  readonly mergeable: boolean
}

/** The empty tree: everything that can be addressed. */
export function createResourceRoot(): Resource {
  return {
    start: 0,
    end: Number.MAX_SAFE_INTEGER,
    name: 'PCI mem',
    busy: false,
    systemRam: false,
    driverManaged: false,
    mergeable: false,
    children: [],
  }
}

/** A leaf of the tree. @param range bytes, end exclusive */
export function makeResource(request: ResourceRequest & { readonly busy: boolean }): Resource {
  const { name, range, busy, mergeable } = request
  return {
    start: range.start,
    end: range.end - 1,
    name,
    busy,
    systemRam: busy && isSystemRam(name),
    driverManaged: isSystemRam(name) && name !== SYSTEM_RAM,
    mergeable,
    children: [],
  }
}

/**
 * Reserves a range as busy system RAM: at the top, or inside a region that is not busy.
 * @throws HotplugError RESOURCE_BUSY (EEXIST). Source: kernel/resource.c, Linux 6.1.
 */
export const requestSystemRam = (root: Resource, request: ResourceRequest): Resource =>
  requestInside(root, { ...request, busy: true })

/** Reserves a range at the top, or inside a region that is not busy. @throws HotplugError RESOURCE_BUSY (EEXIST) */
function requestInside(
  root: Resource,
  request: ResourceRequest & { readonly busy: boolean },
): Resource {
  const { start } = request.range
  const last = request.range.end - 1
  let parent = root
  for (;;) {
    const index = firstEndingFrom(parent.children, start)
    const conflict = parent.children[index]
    if (conflict === undefined || conflict.start > last) {
      const added = makeResource(request)
      parent.children.splice(index, 0, added)
      return added
    }
    const inside = conflict.start <= start && last <= conflict.end
    if (conflict.busy || !inside) {
      throw new HotplugError(
        'RESOURCE_BUSY',
        'EEXIST',
        `${conflict.name} already occupies part of the range.`,
        {
          detail: { start: conflict.start, end: conflict.end, name: conflict.name },
        },
      )
    }
    parent = conflict
  }
}

/**
 * Reserves a region at the top of the tree for memory that a device adds and removes: it is not busy itself. A region of the same
 * name that was there when the machine was captured is taken in, and memory in it joins its neighbours from then on.
 * @throws HotplugError RESOURCE_BUSY (EEXIST)
 * Source: virtio_mem_create_resource, drivers/virtio/virtio_mem.c 6.1.
 * @beta
 */
export function requestRegion(root: Resource, request: Omit<ResourceRequest, 'mergeable'>): void {
  const { range, name } = request
  const index = firstEndingFrom(root.children, range.start)
  const conflict = root.children[index]
  if (conflict?.name === name && isExactly(conflict, range)) {
    const memory = conflict.children.map((child) => ({ ...child, mergeable: true }))
    conflict.children.splice(0, Infinity, ...memory)
    return
  }
  if (conflict !== undefined && conflict.start < range.end) {
    const { start, end, name: taken } = conflict
    const text = `${taken} already occupies part of the range.`
    throw new HotplugError('RESOURCE_BUSY', 'EEXIST', text, { detail: { start, end, name: taken } })
  }
  root.children.splice(index, 0, makeResource({ name, range, busy: false, mergeable: false }))
}

const isExactly = (entry: Resource, { start, end }: Range): boolean =>
  entry.start === start && entry.end === end - 1

/**
 * Reserves the region of a device: at the top of the tree, or inside another one that is not busy. Nothing goes into one that is
 * busy; of the same range and name there may be one only as long as nothing is in it.
 * @throws HotplugError RESOURCE_BUSY (EEXIST)
 * Source: __request_region, kernel/resource.c 6.1.
 * @beta
 */
export const reserveRegion = (
  root: Resource,
  request: Omit<ResourceRequest, 'mergeable'> & { readonly busy: boolean },
): void => void requestInside(root, { ...request, mergeable: false })

/** Gives the region of a name and range back, wherever it lies. @returns false where it is not there, or something lies in it still. @beta */
export function dropRegion(
  root: Resource,
  { name, range }: Pick<ResourceRequest, 'name' | 'range'>,
): boolean {
  const index = firstEndingFrom(root.children, range.start)
  const child = root.children[index]
  if (child === undefined) return false
  if (child.name !== name || !isExactly(child, range)) return dropRegion(child, { name, range })
  if (child.children.length > 0) return false
  root.children.splice(index, 1)
  return true
}

/** Gives such a region back. @returns false where it is not there, or memory lies in it still. @beta */
export function releaseRegion(root: Resource, range: Range): boolean {
  const index = firstEndingFrom(root.children, range.start)
  const region = root.children[index]
  if (region === undefined || !isExactly(region, range) || region.children.length > 0) return false
  root.children.splice(index, 1)
  return true
}

/**
 * Gives a range of system RAM back: the whole entry, an edge of it, or its middle.
 * @returns false where no busy entry holds the range. Source: release_mem_region_adjustable, kernel/resource.c.
 */
export function releaseSystemRam(root: Resource, range: Range): boolean {
  const last = range.end - 1
  let parent = root
  for (;;) {
    const index = firstEndingFrom(parent.children, range.start)
    const entry = parent.children[index]
    if (entry === undefined || entry.start > range.start || entry.end < last) return false
    if (!entry.busy) {
      parent = entry
      continue
    }
    const parts: Resource[] = []
    if (entry.start < range.start) parts.push({ ...entry, end: range.start - 1, children: [] })
    if (entry.end > last) parts.push({ ...entry, start: range.end, children: [] })
    parent.children.splice(index, 1, ...parts)
    return true
  }
}

/**
 * Gives a range of system RAM back only where it is a whole entry.
 * @returns false where none is exactly this range. Source: __release_region, kernel/resource.c 3.6.
 */
export function releaseWholeSystemRam(root: Resource, range: Range): boolean {
  const siblings = siblingsOf(root, range)
  const index = firstEndingFrom(siblings, range.start)
  return siblings.splice(index, 1).length === 1
}

/** The children of the entry that holds the one that is exactly this range. */
export function siblingsOf(parent: Resource, range: Range): Resource[] {
  const child = parent.children[firstEndingFrom(parent.children, range.start)]
  const isSought = child?.start === range.start && child.end === range.end - 1 && child.busy
  return child === undefined || isSought ? parent.children : siblingsOf(child, range)
}
