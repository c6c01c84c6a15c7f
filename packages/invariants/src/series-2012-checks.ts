import { rangeContains, rangeSize, rangesOverlap, sectionNr } from '@memhp/core'
import { blockRange, listLeaves, memmapRange } from '@memhp/core/inspect'
import { coveredSize, isSectionPresent } from '@memhp/core/plugin'
import { firmwareMapEntry, nodeDirectory, parseIomem, systemRamRanges } from '@memhp/kernel-files'
import type { Expect } from './broken-invariant'
import type { Look } from './look'
import { readLine } from './reading'
import { freesBootPages, removedRanges } from './removal'
import { blocksOfBytes, isHotplug, type Step } from './step'

/** A captured host counts holes that its description does not show. */
export function checkPresentPages({ machine }: Look, expect: Expect): void {
  if (machine.description.zones !== undefined) return
  for (const zone of machine.state.memory.zones.values()) {
    const expected = coveredSize(zone.online, { start: 0, end: Number.MAX_SAFE_INTEGER })
    expect.same(() => `present pages of ${zone.key}`, { expected, seen: zone.presentPages })
  }
}

/** MemTotal moves with the uevents, and with what is withheld of blocks that stay online. */
export function checkTotalByUevents(step: Step, expect: Expect): void {
  if (!isHotplug(step) || freesBootPages(step)) return
  const { pagesPerBlock, pageBytes } = step.machine.geometry
  let pages = 0
  const told = new Set<number>()
  for (const { action, devpath } of step.uevents) {
    const digits = /\/memory(\d+)$/.exec(devpath)?.[1]
    if (digits === undefined || (action !== 'online' && action !== 'offline')) continue
    told.add(Number(digits))
    const { was, is } = step.blocks.find(({ id }) => id === Number(digits)) ?? {}
    const block = action === 'online' ? (is ?? was) : (was ?? is)
    const { selfHostedPages = 0, withheldPages = 0 } = block ?? {}
    const managed = pagesPerBlock - selfHostedPages - withheldPages
    pages += managed * (action === 'online' ? 1 : -1)
  }
  for (const { id, was, is } of step.blocks) {
    const stays = was?.state === 'online' && is?.state === 'online' && !told.has(id)
    if (stays) pages += was.withheldPages - is.withheldPages
  }
  const seen = step.after.memTotalKib - step.before.memTotalKib
  expect.same('change of MemTotal in kB', { expected: (pages * pageBytes) / 1024, seen })
}

const QUESTIONS: ReadonlySet<string> = new Set(['MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE'])
const ANSWERS: ReadonlySet<string> = new Set([
  'MEM_ONLINE',
  'MEM_OFFLINE',
  'MEM_CANCEL_ONLINE',
  'MEM_CANCEL_OFFLINE',
])

/** As many answers as questions. */
export function checkAnswers(step: Step, expect: Expect): void {
  if (step.faulted) return
  const count = (events: ReadonlySet<string>): number =>
    step.notices.filter(({ event }) => events.has(event)).length
  expect.same('answers', { expected: count(QUESTIONS), seen: count(ANSWERS) })
}

/** Every uevent of a block fits the state that it was in. */
export function checkLives(step: Step, expect: Expect): void {
  for (const { id, was, is } of step.blocks) {
    const path = `/devices/system/memory/memory${id}`
    const actions = step.uevents
      .filter(({ devpath }) => devpath === path)
      .map(({ action }) => action)
    let state = was?.state ?? 'gone'
    for (const action of actions) {
      if (action === 'change' || action === 'bind' || action === 'unbind') continue
      const from = { add: 'gone', remove: 'offline', online: 'offline', offline: 'online' }[action]
      expect.same(`memory${id} before ${action} of ${actions.join()}`, {
        expected: from,
        seen: state,
      })
      state = { add: 'offline', remove: 'gone', online: 'online', offline: 'offline' }[action]
    }
    expect.same(`memory${id} after ${actions.join()}`, {
      expected: state,
      seen: is?.state ?? 'gone',
    })
  }
}

/** The notifiers are asked about the usable pages of the block. */
export function checkOfflineRange(step: Step, expect: Expect): void {
  const attempt = step.attempt
  if (attempt?.to !== 'offline') return
  const range = blockRange(step.machine, attempt.id)
  const start = range.start + attempt.before.selfHostedPages
  for (const { event, startPfn, pageCount } of step.notices) {
    if (event !== 'MEM_GOING_OFFLINE') continue
    expect.same(`${event} of memory${attempt.id}`, {
      expected: { startPfn: start, pageCount: range.end - start },
      seen: { startPfn, pageCount },
    })
  }
}

/** What left its slot has no blocks. */
export function checkDeleted(step: Step, expect: Expect): void {
  for (const { event } of step.platform) {
    if (event !== 'DEVICE_DELETED') continue
    const left = [...step.before.devices.values()].filter(
      ({ name }) =>
        step.after.acpiStatus.get(name) === '0' && step.before.acpiStatus.get(name) !== '0',
    )
    for (const { name } of left) {
      const blocks = step.after.blocks
        .separated()
        .filter((block) => block.firmwareNode?.endsWith(`/${name}`))
      expect.same(`blocks of ${name}, which left`, {
        expected: [],
        seen: blocks.map(({ id }) => id),
      })
    }
  }
}

/** The files of each entry print it. */
export function checkFirmwareMap({ machine }: Look, expect: Expect): void {
  if (!machine.features.firmwareMap) return
  for (const { index, start, end } of machine.state.memory.firmwareMap.entries) {
    const path = firmwareMapEntry(index)
    expect.same(`${path}/start`, {
      expected: start,
      seen: Number(readLine(machine, `${path}/start`)),
    })
    expect.same(`${path}/end`, { expected: end, seen: Number(readLine(machine, `${path}/end`)) })
    expect.holds(start < end, {
      place: path,
      expected: 'a start below the last byte',
      seen: { start, end },
    })
  }
}

/**
 * What came in came as whole lines. A device that was told EEXIST claims existing memory: boot memory, or nothing at all
 * where a failed add left sections behind.
 */
export function checkIomemLine(step: Step, expect: Expect): void {
  const { operation, outcome, before, after } = step
  const known = before.devices
  if (after.devices === known && operation.op !== 'add') return
  const arrived = [...after.devices.values()].filter(({ name }) => !known.has(name))
  const added = operation.op === 'add' && outcome.kind === 'done' ? [operation] : []
  const ranges = [...arrived.flatMap((device) => device.ranges), ...added]
  if (ranges.length === 0) return
  const lines = systemRamRanges(parseIomem(before.iomem))
  const { blockBytes } = step.machine.geometry
  for (const range of ranges) {
    if (lines.some((line) => rangesOverlap(line, range))) continue
    const blocks = blocksOfBytes(range, blockBytes).filter(
      (id) => after.blocks.get(id) !== undefined,
    )
    if (blocks.length === 0) continue
    const seen = systemRamRanges(parseIomem(after.iomem)).filter((line) =>
      rangesOverlap(line, range),
    )
    const expected = [{ start: range.start, end: range.end }]
    const place = `lines of /proc/iomem for 0x${range.start.toString(16)}`
    expect.same(place, { expected, seen })
  }
}

/** A range with an online block is refused. */
export function checkRemovalOfOnline(step: Step, expect: Expect): void {
  const { operation, outcome, before } = step
  if (operation.op !== 'remove' || step.faulted || outcome.kind !== 'refused') return
  const { blockBytes } = step.machine.geometry
  if (operation.start % blockBytes > 0 || operation.end % blockBytes > 0) return
  if (!rangeContains(step.machine.arch.mappable, operation)) return
  const ids = blocksOfBytes(operation, blockBytes)
  const online = ids.filter((id) => before.blocks.get(id)?.state === 'online')
  if (online.length === 0) return
  expect.same(`removal with memory${online[0]} online`, {
    expected: 'EAGAIN',
    seen: outcome.errno,
  })
}

/** Neither sections nor their struct pages are left of what was removed. */
export function checkRemovedSections(step: Step, expect: Expect): void {
  const { machine } = step
  const { sectionBytes, memmapBytesPerSection, pageBytes } = machine.geometry
  const { vmemmap } = machine.arch.mapping
  const isFreed = vmemmap.kind === 'radix' && machine.arch.memmap.freed !== 'never'
  const leaves = isFreed ? vmemmap.leaves : undefined
  for (const range of removedRanges(step)) {
    for (let at = range.start; at < range.end; at += sectionBytes) {
      const nr = sectionNr(at / sectionBytes)
      expect.same(`section ${nr} present`, { expected: false, seen: isSectionPresent(machine, nr) })
      if (leaves === undefined || memmapBytesPerSection % (leaves[0] ?? pageBytes) > 0) continue
      const section = { start: at, end: at + sectionBytes }
      const found = listLeaves(machine, memmapRange(machine, section))
      expect.same(`memmap of section ${nr}`, { expected: 0, seen: found.length })
    }
    expect.holds(rangeSize(range) > 0, { place: 'removed range', expected: 'bytes', seen: range })
  }
}

/** A directory for each online node, and none for others. */
export function checkNodeDirectories({ machine, nodeList }: Look, expect: Expect): void {
  const online = nodeList('online')
  for (const { id } of machine.state.memory.nodes.values()) {
    const path = nodeDirectory(id)
    const seen = machine.tree.lookup(path)?.kind === 'directory'
    expect.same(path, { expected: online.includes(id), seen })
  }
}

/** Nodes that something belongs to are online. */
export function checkNodesInUse({ machine, blocks }: Look, expect: Expect): void {
  const { nodes } = machine.state.memory
  const used = new Set(blocks.map(({ nodeId }) => nodeId))
  for (const node of nodes.values()) if (node.cpus.length > 0) used.add(node.id)
  for (const id of used) {
    expect.same(`node${id} online`, { expected: true, seen: nodes.get(id)?.online })
  }
}
