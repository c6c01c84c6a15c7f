import { TextFault } from '../fault'

/** One zone as /proc/zoneinfo shows it. Pages. */
export interface ZoneinfoZone {
  readonly node: number
  readonly name: string
  readonly free: number
  readonly spanned: number
  readonly present: number
  readonly managed: number
  /** Absent for a zone without present pages. */
  readonly startPfn: number | undefined
  /** Pages in per-CPU lists. */
  readonly perCpu: number
  /** Long-term pins that are still held on pages of the node; 0 where the kernel does not count them. */
  readonly pinned: number
}

interface OpenZone {
  readonly line: number
  readonly node: number
  readonly name: string
  readonly values: Map<string, number>
  perCpu: number
}

const HEADER = /^Node (\d+), zone +(\S+)$/
const VALUE = /^ +(?:pages )?([a-z_]+):? +(\d+)$/

function zoneOf(open: OpenZone): ZoneinfoZone {
  const value = (name: string): number => {
    const found = open.values.get(name)
    if (found === undefined) {
      throw new TextFault(open.line, `zone ${open.name} of node ${open.node} has no line ${name}`)
    }
    return found
  }
  const optional = (name: string): number => open.values.get(name) ?? 0
  return {
    node: open.node,
    name: open.name,
    free: value('free'),
    spanned: value('spanned'),
    present: value('present'),
    managed: value('managed'),
    startPfn: open.values.get('start_pfn'),
    perCpu: open.perCpu,
    pinned: Math.max(0, optional('nr_foll_pin_acquired') - optional('nr_foll_pin_released')),
  }
}

/**
 * The zones of /proc/zoneinfo, in its order, unpopulated ones included.
 * @throws TextFault
 */
export function parseZoneinfo(text: string): ZoneinfoZone[] {
  const zones: ZoneinfoZone[] = []
  let open: OpenZone | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const header = HEADER.exec(line)
    if (header !== null) {
      if (open !== undefined) zones.push(zoneOf(open))
      const [, node, name = ''] = header
      open = { line: index + 1, node: Number(node), name, values: new Map(), perCpu: 0 }
      continue
    }
    if (open === undefined) {
      if (line !== '')
        throw new TextFault(index + 1, `${JSON.stringify(line)} stands before any zone`)
      continue
    }
    const [, name, value] = VALUE.exec(line) ?? []
    if (name === undefined) {
      if (!/^(?: .*)?$/.test(line)) {
        throw new TextFault(index + 1, `${JSON.stringify(line)} is no line of zoneinfo`)
      }
    } else if (name === 'count') open.perCpu += Number(value)
    else open.values.set(name, Number(value))
  }
  if (open !== undefined) zones.push(zoneOf(open))
  return zones
}
