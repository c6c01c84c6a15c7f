/** The device tree of the firmware. Its files are not text. */
export const DEVICE_TREE = '/sys/firmware/devicetree/base'

const PLACE = `${DEVICE_TREE}/`

/** Files of /proc with eight bytes a page. */
const PAGE_FILES: readonly string[] = ['/proc/kpageflags', '/proc/kpagecount']

/** Whether a tree answers `read` of this path with one character for each byte. */
export const isBinaryFile = (path: string): boolean =>
  path.startsWith(PLACE) || path.startsWith('/proc/device-tree/') || PAGE_FILES.includes(path)

/** Bytes as a tree shows them: one character, U+0000 to U+00FF, for each. */
export const textOfBytes = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')

/** The bytes of a file that a tree shows with one character for each. */
export const bytesOfText = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0))
