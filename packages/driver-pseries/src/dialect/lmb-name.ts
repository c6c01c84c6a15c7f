const NAME = /^lmb@([0-9a-f]{1,8})$/
const RANGE = /^(?:0x|lmb@)([0-9a-f]{1,8})-(?:0x)?([0-9a-f]{1,8})$/i
const INDEX = /^0x[0-9a-f]{1,8}$/i

/** Name of the LMB of a DRC index: `lmb@80000004`. */
export const lmbName = (drcIndex: number): string => `lmb@${drcIndex.toString(16)}`

/** DRC index of a name that `lmbName` made; undefined for other names. */
export function drcIndexOf(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 16)
}

/** DRC indices, both inclusive, of `0x80000004`, `0x80000004-0x80000007` or `lmb@80000004-80000007`. */
export function drcIndicesCalled(
  word: string,
): { readonly first: number; readonly last: number } | undefined {
  if (INDEX.test(word)) return { first: Number(word), last: Number(word) }
  const match = RANGE.exec(word)
  if (match === null) return undefined
  const [first = 0, last = 0] = match.slice(1).map((digits) => Number.parseInt(digits, 16))
  return { first, last }
}

/** Name of a run of LMBs: `lmb@80000004-80000007`. */
export const lmbRunName = (first: string, lastIndex: number): string =>
  `${first}-${lastIndex.toString(16)}`
