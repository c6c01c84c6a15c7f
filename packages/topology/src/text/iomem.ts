import type { ResourceInfo } from '../topology'

interface OpenResource extends ResourceInfo {
  readonly children: OpenResource[]
}

/** What `/proc/iomem` told: the tree, or that its addresses are hidden. */
export type IomemText =
  | { readonly kind: 'tree'; readonly roots: readonly ResourceInfo[] }
  /** The reader lacks CAP_SYS_ADMIN: every address is printed as zero. */
  | { readonly kind: 'masked' }
  | { readonly kind: 'malformed'; readonly line: number }

/** Two blanks of indentation a level, `start-end : name`, `end` inclusive. Source: kernel/resource.c r_show (Linux 6.1). */
const LINE = /^( *)([0-9a-f]+)-([0-9a-f]+) : (.*)$/

/** Reads `/proc/iomem`. An empty text is an empty tree. */
export function parseIomem(text: string): IomemText {
  const roots: OpenResource[] = []
  const parents: OpenResource[] = []
  let highest = 0
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    if (line === '') continue
    const match = LINE.exec(line)
    if (match === null) return { kind: 'malformed', line: index + 1 }
    const [, indent = '', first = '', last = '', name = ''] = match
    const resource = {
      start: Number.parseInt(first, 16),
      end: Number.parseInt(last, 16) + 1,
      name,
      children: [],
    }
    highest = Math.max(highest, resource.end - 1)
    const depth = indent.length / 2
    const siblings = depth === 0 ? roots : parents[depth - 1]?.children
    if (siblings === undefined) return { kind: 'malformed', line: index + 1 }
    siblings.push(resource)
    parents.splice(depth, parents.length, resource)
  }
  return highest === 0 && roots.length > 0 ? { kind: 'masked' } : { kind: 'tree', roots }
}
