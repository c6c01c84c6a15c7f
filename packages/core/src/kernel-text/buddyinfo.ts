import { TextFault } from './text-fault'

/** Free chunks by order of one zone, as `/proc/buddyinfo` prints them. It lists only zones that have pages. */
export interface BuddyText {
  readonly node: number
  readonly name: string
  readonly freeByOrder: readonly number[]
}

const LINE = /^Node (\d+), zone +(\S+)((?: +\d+)+) *$/

/** @throws TextFault */
export function parseBuddyinfo(text: string): BuddyText[] {
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const [, node, name, counts] = LINE.exec(line) ?? []
      if (name === undefined || counts === undefined) {
        throw new TextFault(index + 1, `${JSON.stringify(line)} is no line of buddyinfo`)
      }
      return { node: Number(node), name, freeByOrder: counts.trim().split(/ +/).map(Number) }
    })
}
