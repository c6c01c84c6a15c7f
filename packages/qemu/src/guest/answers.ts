import type { TreeEntry } from '@memhp/core'

/** What `head -v` printed of several files: a header before each that could be opened, in the order of the paths. */
export function splitHeads(output: Buffer, paths: readonly string[]): Map<string, string> {
  // head leaves out the newline before its first header.
  const bytes = Buffer.concat([Buffer.from('\n'), output])
  const headers = paths.map((path) => ({ path, text: Buffer.from(`\n==> ${path} <==\n`) }))
  const found: { readonly path: string; readonly at: number; readonly start: number }[] = []
  let from = 0
  for (const { path, text } of headers) {
    const at = bytes.indexOf(text, from)
    if (at === -1) continue
    from = at + text.length
    found.push({ path, at, start: from })
  }
  return new Map(
    found.map(({ path, start }, index) => {
      const end = found[index + 1]?.at ?? bytes.length
      return [path, bytes.toString('utf8', start, end)]
    }),
  )
}

/** What a path names, and where it leads if it is a link. */
export interface PathFacts extends TreeEntry {
  readonly target?: string
}

const TYPE_MASK = 0o170000
const DIRECTORY = 0o040000
const LINK = 0o120000
const PERMISSIONS = 0o7777

function entryOf(raw: number): TreeEntry {
  const mode = raw & PERMISSIONS
  const type = raw & TYPE_MASK
  if (type === LINK) return { kind: 'link', mode }
  return { kind: type === DIRECTORY ? 'directory' : 'file', mode }
}

/** What `stat -c '%f %N'` printed: the mode in hexadecimal, the path, and for a link where it leads. */
export function readStats(output: string, paths: readonly string[]): Map<string, PathFacts> {
  const facts = new Map<string, PathFacts>()
  for (const line of output.split('\n')) {
    const raw = Number.parseInt(line, 16)
    const rest = line.slice(line.indexOf(' ') + 1)
    // busybox quotes the names of links alone, coreutils every name.
    const path = paths.find(
      (each) => rest === each || rest === `'${each}'` || rest.startsWith(`'${each}' -> '`),
    )
    if (path === undefined) continue
    const target = !rest.includes("' -> '")
      ? {}
      : { target: rest.slice(`'${path}' -> '`.length, -1) }
    facts.set(path, { ...entryOf(raw), ...target })
  }
  return facts
}

/** The line of standard error that is about a path: `stat: can't stat 'PATH': MESSAGE`. */
export function complaintAbout(stderr: string, path: string): string | undefined {
  return stderr.split('\n').find((line) => line.includes(`'${path}': `))
}
