import { type Machine, sectionNr } from '@memhp/core'
import { isSectionPresent } from '@memhp/core/plugin'
import { blockDirectory, nodeDirectory } from '@memhp/kernel-files'
import type { Scope } from './scope'

/** What sysfs shows of one block. */
export interface BlockCensus {
  readonly id: number
  readonly state: string
  /** Entries of its directory. */
  readonly files: number
  readonly links: number
}

/** Sections and blocks of some memory. */
export interface SectionCensus {
  /** Sections with a memmap. */
  readonly present: number
  readonly blocks: readonly BlockCensus[]
  /** Links from elsewhere to the blocks: `nodeK/memoryN`, and `memoryN` on the memory bus. */
  readonly linksToBlocks: number
}

/** Sections of a scope that have a memmap. */
export function countSections(machine: Machine, scope: Scope): number {
  const { sectionBytes } = machine.geometry
  let present = 0
  for (const { start, end } of scope.ranges) {
    for (let at: number = start; at < end; at += sectionBytes) {
      if (isSectionPresent(machine, sectionNr(at / sectionBytes))) present += 1
    }
  }
  return present
}

function countBlock(machine: Machine, id: number): BlockCensus | undefined {
  const { tree } = machine
  const path = blockDirectory(id)
  if (tree.lookup(path) === undefined) return undefined
  const kinds = tree.list(path).map((name) => tree.lookup(`${path}/${name}`)?.kind)
  return {
    id,
    state: tree.read(`${path}/state`).trim(),
    files: kinds.filter((kind) => kind === 'file').length,
    links: kinds.filter((kind) => kind === 'link').length,
  }
}

function countLinksTo(machine: Machine, scope: Scope): number {
  const { tree } = machine
  const places = [
    '/sys/bus/memory/devices',
    ...scope.nodes.map((node) => nodeDirectory(node)),
  ].filter((path) => tree.lookup(path) !== undefined)
  const names = scope.blocks.map((id) => `memory${id}`)
  return places
    .flatMap((place) => names.map((name) => tree.lookup(`${place}/${name}`)))
    .filter((entry) => entry !== undefined).length
}

/** Counts blocks of a scope with their files and the links to them. */
export function countBlocks(machine: Machine, scope: Scope): Omit<SectionCensus, 'present'> {
  return {
    blocks: scope.blocks.flatMap((id) => countBlock(machine, id) ?? []),
    linksToBlocks: countLinksTo(machine, scope),
  }
}
