import { MOST_CPUS, MOST_NODES, parseNumberList, unexpectedText } from '@memhp/kernel-files'

/** A node as `numactl -H` prints it. */
export interface NumactlNode {
  readonly id: number
  readonly cpus: readonly number[]
  /** In MiB, rounded down. */
  readonly sizeMib?: number
  readonly freeMib?: number
  /** To each node of the list, in its order. */
  readonly distances?: readonly number[]
}

/**
 * What `numactl -H` printed.
 * @throws TextFault for a text without its first line, and for more nodes than a kernel has
 */
export function parseNumactl(text: string): readonly NumactlNode[] {
  const [, list] = /^available: \d{1,5} nodes? \(([\d,-]{1,4000})\)/m.exec(text) ?? []
  if (list === undefined) {
    const expected = 'what numactl -H prints: available: N nodes (…)'
    throw unexpectedText({ file: 'numactl', line: 1, expected, found: text.slice(0, 40) })
  }
  const ids = parseNumberList(list, MOST_NODES)
  const numberOf = (id: number, what: string): number | undefined => {
    const [, digits] = new RegExp(`^node ${id} ${what}: (\\d{1,12}) MB`, 'm').exec(text) ?? []
    return digits === undefined ? undefined : Number(digits)
  }
  return ids.map((id): NumactlNode => {
    const [, cpus = ''] = new RegExp(`^node ${id} cpus:([\\d ]{0,40000})`, 'm').exec(text) ?? []
    const [, distances] = new RegExp(`^ {0,4}${id}: +([\\d ]{1,8000})$`, 'm').exec(text) ?? []
    const sizeMib = numberOf(id, 'size')
    const freeMib = numberOf(id, 'free')
    return {
      id,
      cpus: cpus
        .split(' ')
        .filter(Boolean)
        .map(Number)
        .filter((cpu) => cpu < MOST_CPUS),
      ...(sizeMib === undefined ? {} : { sizeMib }),
      ...(freeMib === undefined ? {} : { freeMib }),
      ...(distances === undefined ? {} : { distances: distances.trim().split(/ +/).map(Number) }),
    }
  })
}
