import { formatHexDigits } from '../number/hex'
import { unexpectedText } from '../text-fault'

/** A line of /proc/iomem with what is nested in it. `end` is inclusive, as printed. */
export interface IomemLine {
  /** Physical address, in bytes. */
  readonly start: number
  readonly end: number
  readonly name: string
  /** Ascending. */
  readonly children: readonly IomemLine[]
}

interface OpenLine extends IomemLine {
  readonly children: OpenLine[]
}

const LINE = /^( *)([0-9a-f]{1,16})-([0-9a-f]{1,16}) : (.*)$/

/** Lines that lie deeper are printed as deep as this. Source: MAX_IORES_LEVEL, kernel/resource.c r_show (Linux 6.1). */
const DEEPEST = 5

/**
 * The resource tree that /proc/iomem shows.
 * @throws TextFault for a line that is not one of iomem, or lies more than one level deeper than the one above
 */
export function parseIomem(text: string): IomemLine[] {
  const top: OpenLine[] = []
  const open: OpenLine[][] = [top]
  for (const [index, line] of text.trimEnd().split('\n').entries()) {
    if (line === '') continue
    const [, indent = '', start = '', end = '', name = ''] = LINE.exec(line) ?? []
    const resource: OpenLine = {
      start: Number.parseInt(start, 16),
      end: Number.parseInt(end, 16),
      name,
      children: [],
    }
    const siblings = open[indent.length / 2]
    if (Number.isNaN(resource.start) || siblings === undefined) {
      const expected = 'a line of iomem, at most one level deeper than the line above'
      throw unexpectedText({ file: 'iomem', line: index + 1, expected, found: line })
    }
    siblings.push(resource)
    open.splice(indent.length / 2 + 1, open.length, resource.children)
  }
  return top
}

/** The text of /proc/iomem as root reads it. Source: kernel/resource.c r_show (Linux 6.1). */
export function formatIomem(resources: readonly IomemLine[]): string {
  let text = ''
  const write = ({ start, end, name, children }: IomemLine, depth: number): void => {
    const range = `${formatHexDigits(start, 8)}-${formatHexDigits(end, 8)}`
    text += `${'  '.repeat(Math.min(depth, DEEPEST))}${range} : ${name}\n`
    for (const child of children) write(child, depth + 1)
  }
  for (const resource of resources) write(resource, 0)
  return text
}

/** True for the text that readers without CAP_SYS_ADMIN get: every address zero. */
export const isMaskedIomem = (text: string): boolean =>
  /^ *0+-0+ : /.test(text) &&
  text
    .trimEnd()
    .split('\n')
    .every((line) => /^ *0+-0+ : /.test(line))
