import { nodeFile } from '@memhp/kernel-files'
import type { BootBlockFacts, GiganticPageFacts } from '../model/description'
import type { HugePagesHost } from '../model/subsystem'

/** Pages of a size in the pool of a node. */
function poolOf(host: HugePagesHost, node: number, bytes: number): { pages: number; free: number } {
  const directory = nodeFile(node, `hugepages/hugepages-${bytes / 1024}kB`)
  const count = (name: string): number => {
    const text = host.text(`${directory}/${name}`) ?? ''
    return /^\d+$/.test(text) ? Number(text) : 0
  }
  const pages = count('nr_hugepages')
  return { pages, free: Math.min(pages, count('free_hugepages')) }
}

/** See `HugePageMigration.describeGigantic`. */
export function describeGiganticPages(
  host: HugePagesHost,
  blocks: readonly BootBlockFacts[],
  bytes: number,
): readonly GiganticPageFacts[] {
  const stretches = wholeStretches(host, blocks, bytes)
  const nodes = new Set(blocks.flatMap((block) => block.nodes))
  const found = [...nodes].flatMap((node) => {
    const { pages, free } = poolOf(host, node, bytes)
    const of = (state: GiganticPageFacts['state']) =>
      stretches.filter((each) => each.node === node && each.state === state)
    const placed = [
      ...of('used').slice(0, pages - free),
      ...(free === 0 ? [] : of('free').slice(-free)),
    ]
    if (pages > 0)
      host.assume(
        `Of ${pages} huge pages of ${bytes / 2 ** 20} MiB of node ${node}, ${placed.length} lie where whole blocks hold huge pages; the others are taken to be smaller ones.`,
      )
    return placed
  })
  return found.map(({ start, state }) => ({ start, state })).toSorted((a, b) => a.start - b.start)
}

interface Stretch extends GiganticPageFacts {
  readonly node: number
}

function wholeStretches(
  { pageBytes, blockBytes }: HugePagesHost,
  blocks: readonly BootBlockFacts[],
  bytes: number,
): readonly Stretch[] {
  const all = blockBytes / pageBytes
  const stateOf = new Map(
    blocks.flatMap(({ id, use, nodes: [node, ...others] }) => {
      const state = use?.hugetlb === all ? 'used' : use?.hugetlbFree === all ? 'free' : undefined
      return state === undefined || node === undefined || others.length > 0
        ? []
        : [[id, { state, node }] as const]
    }),
  )
  return [...stateOf].flatMap(([id, { state, node }]) => {
    const start = id * blockBytes
    if (start % bytes !== 0) return []
    const isWhole = Array.from({ length: bytes / blockBytes }, (_, i) => stateOf.get(id + i)).every(
      (other) => other?.state === state && other.node === node,
    )
    return isWhole ? [{ start, state, node }] : []
  })
}

/** Free huge pages of each node, in pages of the host. */
function freeHugePages(host: HugePagesHost): Map<number, number> {
  const free = new Map<number, number>()
  const pattern = /\/node(\d+)\/hugepages\/hugepages-(\d+)kB\/free_hugepages$/
  for (const [path, text] of Object.entries(host.capture.files)) {
    const [, node, kilobytes] = pattern.exec(path) ?? []
    if (node === undefined) continue
    if (!/^\d+\n?$/.test(text)) {
      host.assume(`${path} is not a number: no huge page of node ${node} is taken for free by it.`)
      continue
    }
    const pages = (Number(text) * Number(kilobytes) * 1024) / host.pageBytes
    free.set(Number(node), (free.get(Number(node)) ?? 0) + pages)
  }
  return free
}

/** See `HugePageMigration.freeOnHost`. */
export function freeOnHost(host: HugePagesHost): (node: number, pages: number) => number {
  const free = freeHugePages(host)
  return (node, pages) => {
    const left = free.get(node) ?? 0
    const taken = Math.min(pages, left)
    free.set(node, left - taken)
    if (taken > 0)
      host.assume(`The free huge pages of node ${node} are taken to be its highest ones.`)
    return taken
  }
}
