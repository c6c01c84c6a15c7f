import { formatNumberList } from '@memhp/kernel-files'
import type { Diagnosis, ObstacleCount, Rehearsal } from '@memhp/rehearsal'
import { bullet, grouped, joined, labelled, type PageStyle, plural, section } from './page-style'

const KINDS: Readonly<Partial<Record<ObstacleCount['kind'], string>>> = {
  reserved: 'reserved at boot',
  slab: 'of kernel memory',
  table: 'of page tables',
  memmap: 'of struct pages',
  withheld: 'kept by a balloon or virtio-mem',
  pinned: 'pinned',
}

function inTheWayText({ block, inTheWay }: Diagnosis): string | undefined {
  if (inTheWay.length === 0) return undefined
  const counts = inTheWay.map(
    ({ kind, pages }) => `${plural(pages, 'page')} ${KINDS[kind] ?? kind}`,
  )
  return `memory${block} holds ${joined(counts)}`
}

function othersText({ others }: Diagnosis): string | undefined {
  const sorted = others.toSorted((a, b) => a.block - b.block)
  const [first] = sorted
  if (first === undefined) return undefined
  const ids = sorted.map(({ block }) => block)
  const which = ids.length === 1 ? 'at' : 'the first at'
  return `memory${formatNumberList(ids)} would refuse as well, ${which} page 0x${first.page.pfn.toString(16)}: ${first.page.words}`
}

function where({ step, errno, block }: Diagnosis): string {
  const who = step.kind === 'offline' ? `memory${block ?? ''}` : step.name
  return errno === null ? who : `${who}, ${errno}`
}

/** Why the machine refused, and what would help. */
export function renderRefusal({ diagnosis }: Rehearsal, style: PageStyle): string {
  if (diagnosis === null) return ''
  const { page, message, title, remedies } = diagnosis
  const { paint } = style
  const more = [inTheWayText(diagnosis), othersText(diagnosis)].filter((text) => text !== undefined)
  const body = [
    labelled('why', message, style),
    ...(message.includes(title) ? [] : [labelled('reason', title, style)]),
    ...(page === null
      ? []
      : [
          labelled(
            'page',
            `pfn ${grouped(page.pfn)} (0x${page.pfn.toString(16)}), address 0x${page.address.toString(16)}, zone ${page.zone ?? 'none'}, ${page.kind}`,
            style,
          ),
        ]),
    ...more.map((text, i) => labelled(i === 0 ? 'also' : '', text, style)),
    ...remedies.map((remedy, i) => bullet(i === 0 ? 'helps' : '', remedy, style)),
  ]
  return section(paint.red(`Refused (${where(diagnosis)})`), body.join(''), style)
}
