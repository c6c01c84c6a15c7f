import { unexpectedText } from '../text-fault'

/** Free chunks by order of one zone, as `/proc/buddyinfo` prints them. It lists only zones that have pages. */
export interface BuddyText {
  readonly node: number
  readonly name: string
  /** Chunks of 2^index pages. */
  readonly freeByOrder: readonly number[]
}

const LINE = /^Node (\d+), zone +(\S+)((?: +\d+)+) *$/

/**
 * Reads /proc/buddyinfo.
 * @returns one entry for each line, in their order
 * @throws TextFault. Source: mm/vmstat.c frag_show_print (Linux 6.1)
 */
export function parseBuddyinfo(text: string): BuddyText[] {
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const [, node, name, counts] = LINE.exec(line) ?? []
      if (name === undefined || counts === undefined) {
        const expected = 'a line of buddyinfo'
        throw unexpectedText({ file: 'buddyinfo', line: index + 1, expected, found: line })
      }
      return { node: Number(node), name, freeByOrder: counts.trim().split(/ +/).map(Number) }
    })
}

/** The text of /proc/buddyinfo. @param zones those that have pages */
export const formatBuddyinfo = (zones: readonly BuddyText[]): string =>
  zones
    .map(({ node, name, freeByOrder }) => {
      const cells = freeByOrder.map((count) => `${String(count).padStart(6)} `)
      return `Node ${node}, zone ${name.padStart(8)} ${cells.join('')}\n`
    })
    .join('')
