import { TextFault } from '../fault'

/** One zone's line of /proc/buddyinfo: free chunks by order. */
export interface BuddyinfoZone {
  readonly node: number
  readonly name: string
  readonly chunks: readonly number[]
}

const LINE = /^Node (\d+), zone +(\S+)((?: +\d+)+) *$/

/** @throws TextFault */
export function parseBuddyinfo(text: string): BuddyinfoZone[] {
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const [, node, name, counts] = LINE.exec(line) ?? []
      if (name === undefined || counts === undefined) {
        throw new TextFault(index + 1, `${JSON.stringify(line)} is no line of buddyinfo`)
      }
      return { node: Number(node), name, chunks: counts.trim().split(/ +/).map(Number) }
    })
}
