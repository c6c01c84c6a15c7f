import { formatSize } from '../text/size'
import type { ColumnName, NamedColumn } from './column'
import type { LsmemRange } from './ranges'
import type { LsmemReading } from './read-blocks'

/** What memhp tells of a block besides, by the names of columns. */
export type MoreTexts = (id: number) => Readonly<Partial<Record<ColumnName, string>>>

/** How cells are written. */
export interface CellStyle {
  readonly reading: LsmemReading
  /** Sizes as numbers of bytes. */
  readonly bytes: boolean
  readonly more: MoreTexts
}

const WORDS = { online: 'online', offline: 'offline', 'going-offline': 'on->off', unknown: '?' }

/** Digits of an address. */
const DIGITS = 16

/** Beyond 2^53 the digits are still right: a copied tree may have any number. */
function addressOf(block: number, blockBytes: number, before: 0 | 1): string {
  const address = block * blockBytes - before
  const exact = Number.isSafeInteger(address)
    ? address
    : BigInt.asUintN(64, BigInt(block) * BigInt(blockBytes) - BigInt(before))
  return `0x${exact.toString(16).padStart(DIGITS, '0')}`
}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no')

/** A size as lsmem has it. */
export const sizeText = (size: number, { bytes }: Pick<CellStyle, 'bytes'>): string =>
  bytes ? `${size}` : formatSize(size)

/** The text of a cell; empty where lsmem leaves it empty. */
export function cellText(
  { name }: NamedColumn,
  { first, last }: LsmemRange,
  { reading, bytes, more }: CellStyle,
): string {
  const { blockBytes } = reading
  switch (name) {
    case 'RANGE':
      return `${addressOf(first.id, blockBytes, 0)}-${addressOf(last.id + 1, blockBytes, 1)}`
    case 'SIZE':
      return sizeText((last.id - first.id + 1) * blockBytes, { bytes })
    case 'STATE':
      return WORDS[first.state]
    case 'REMOVABLE':
      return first.state === 'online' ? yesNo(first.removable) : ''
    case 'BLOCK':
      return first === last ? `${first.id}` : `${first.id}-${last.id}`
    case 'NODE':
      return reading.hasNodes ? `${first.node}` : ''
    case 'ZONES':
      return first.zones.join('/')
    case 'CONFIGURED':
      return yesNo(first.isConfigured)
    case 'MEMMAP-ON-MEMORY':
      return yesNo(first.memmapOnMemory)
    case 'DEVICE':
    case 'HOLDS':
    case 'EXPECTED':
      return more(first.id)[name] ?? ''
  }
}
