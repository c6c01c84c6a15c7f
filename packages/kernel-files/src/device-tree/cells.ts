import { TextFault } from '../text-fault'
import { bytesOfText } from './binary-file'

/** What is wrong with a property, and what it should hold. */
interface CellFault {
  /** A noun. */
  readonly expected: string
  /** A clause: `it ends after 2 bytes`. */
  readonly message: string
}

/** A property that is read cell by cell: big-endian numbers of 32 bits. */
export interface Cells {
  next(): number
  /** A number of two cells, the high one first. */
  address(): number
  /** A count of entries that fill the rest of the property. @param cells of each entry */
  count(cells: number): number
  /** @throws TextFault always */
  refuse(fault: CellFault): never
}

/**
 * Opens a property of the device tree. What its cells do not hold is a TextFault.
 * @param property its name
 * @param text one character for each byte
 */
export function cellsOf(property: string, text: string): Cells {
  const view = new DataView(bytesOfText(text).buffer)
  let offset = 0
  const refuse = ({ expected, message }: CellFault): never => {
    throw new TextFault({ file: property, line: 1, expected }, `${property}: ${message}`)
  }
  const next = (): number => {
    if (offset + 4 > view.byteLength)
      refuse({
        expected: 'a cell of 4 bytes',
        message: `it ends after ${view.byteLength} bytes, in the middle of a cell`,
      })
    offset += 4
    return view.getUint32(offset - 4)
  }
  return {
    next,
    address() {
      const address = next() * 2 ** 32 + next()
      if (Number.isSafeInteger(address)) return address
      return refuse({ expected: 'an address below 2^53', message: 'an address lies above 2^53' })
    },
    count(cells) {
      const count = next()
      const left = (view.byteLength - offset) / 4
      if (count * cells === left) return count
      const expected = `${count * cells} cells`
      return refuse({ expected, message: `${count} entries need ${expected}, and it has ${left}` })
    },
    refuse,
  }
}
