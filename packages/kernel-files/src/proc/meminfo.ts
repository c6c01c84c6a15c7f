import { unexpectedText } from '../text-fault'

const LINE = /^(?:Node \d+ )?([^:]+):\s+(\d+)(?: (kB))?$/

/** The lines of /proc/meminfo or of a node's meminfo: kB, or a count, by name. */
export type Meminfo = ReadonlyMap<string, number>

/** @throws TextFault */
export function parseMeminfo(text: string): Meminfo {
  const values = new Map<string, number>()
  for (const [index, line] of text.trimEnd().split('\n').entries()) {
    if (line === '') continue
    const [, name, value] = LINE.exec(line) ?? []
    if (name === undefined || value === undefined) {
      const expected = 'a line of meminfo'
      throw unexpectedText({ file: 'meminfo', line: index + 1, expected, found: line })
    }
    values.set(name.trim(), Number(value))
  }
  return values
}
