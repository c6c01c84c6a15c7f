import { HotplugError } from '../errors/hotplug-error'
import { bytesOfText } from '../tree/binary-file'

/** A property that is read cell by cell: big-endian numbers of 32 bits. */
export interface Cells {
  next(): number
  /** Two cells. */
  address(): number
  /** A count of entries that have so many cells each, up to the end. */
  count(cells: number): number
  /** @throws HotplugError BAD_NUMBER with the property's name */
  refuse(what: string): never
}

/**
 * Opens a property of the device tree.
 * @param text one character for each byte
 */
export function cellsOf(property: string, text: string): Cells {
  const view = new DataView(bytesOfText(text).buffer)
  let offset = 0
  const refuse = (what: string): never => {
    throw new HotplugError('BAD_NUMBER', 'EINVAL', `${property}: ${what}`, { detail: { property } })
  }
  const next = (): number => {
    if (offset + 4 > view.byteLength)
      refuse(`ends after ${view.byteLength} bytes, in the middle of a cell.`)
    offset += 4
    return view.getUint32(offset - 4)
  }
  return {
    next,
    address() {
      const address = next() * 2 ** 32 + next()
      return Number.isSafeInteger(address) ? address : refuse('an address lies above 2^53.')
    },
    count(cells) {
      const count = next()
      const left = (view.byteLength - offset) / 4
      if (count * cells === left) return count
      return refuse(`${count} entries need ${count * cells} cells, and ${left} are there.`)
    },
    refuse,
  }
}
