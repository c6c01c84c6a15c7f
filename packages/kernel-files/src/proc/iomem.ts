import { unexpectedText } from '../text-fault'

/** A line of /proc/iomem with what is nested in it. `end` is inclusive, as printed. */
export interface IomemLine {
  readonly start: number
  readonly end: number
  readonly name: string
  readonly children: IomemLine[]
}

const LINE = /^( *)([0-9a-f]{1,16})-([0-9a-f]{1,16}) : (.*)$/

/**
 * The resource tree that /proc/iomem shows.
 * @throws TextFault
 */
export function parseIomem(text: string): IomemLine[] {
  const top: IomemLine[] = []
  const open: IomemLine[][] = [top]
  for (const [index, line] of text.trimEnd().split('\n').entries()) {
    if (line === '') continue
    const [, indent = '', start = '', end = '', name = ''] = LINE.exec(line) ?? []
    const resource: IomemLine = {
      start: Number.parseInt(start, 16),
      end: Number.parseInt(end, 16),
      name,
      children: [],
    }
    const siblings = open[indent.length / 2]
    if (Number.isNaN(resource.start) || siblings === undefined) {
      const expected = 'a line of iomem, at most two blanks deeper than the one above'
      throw unexpectedText({ file: 'iomem', line: index + 1, expected, found: line })
    }
    siblings.push(resource)
    open.splice(indent.length / 2 + 1, open.length, resource.children)
  }
  return top
}

/** True for the text that readers without CAP_SYS_ADMIN get: every address zero. */
export const isMaskedIomem = (text: string): boolean =>
  /^ *0+-0+ : /.test(text) &&
  text
    .trimEnd()
    .split('\n')
    .every((line) => /^ *0+-0+ : /.test(line))
