import type { Machine } from '../model/machine'

export interface MeminfoOverlay {
  /** Captured text whose other lines are shown unchanged; undefined: only the values are shown. */
  readonly base: string | undefined
  /** What stands before each name: `Node 0 ` or nothing. */
  readonly prefix: string
  /** Values in KiB by name. */
  readonly values: Readonly<Record<string, number>>
  /** Whole lines that replace or follow those of the base, matched by their name. */
  readonly extra: readonly string[]
}

const nameOf = (line: string, prefix: string): string | undefined =>
  line.startsWith(prefix) ? line.slice(prefix.length).split(':')[0] : undefined

/** A meminfo text: what the machine knows, over what was captured. */
export function overlayMeminfo(overlay: MeminfoOverlay): string {
  const { base, prefix, values, extra } = overlay
  const lines = new Map<string, string>()
  for (const line of base?.split('\n') ?? []) {
    const name = nameOf(line, prefix)
    if (name !== undefined && name !== '') lines.set(name, line)
  }
  for (const [name, kib] of Object.entries(values)) {
    lines.set(
      name,
      `${prefix}${`${name}:`.padEnd(16)}${String(kib).padStart(prefix === '' ? 8 : 7)} kB`,
    )
  }
  for (const line of extra) lines.set(nameOf(line, '') ?? line, line)
  return `${[...lines.values()].join('\n')}\n`
}

/** The text of /proc/meminfo. */
export function formatMeminfo(machine: Machine): string {
  const { memory } = machine.state
  const pageKib = machine.geometry.pageBytes / 1024
  let free = 0
  for (const zone of memory.zones.values()) free += zone.free.freePages
  return overlayMeminfo({
    base: machine.description.files?.['/proc/meminfo'],
    prefix: '',
    values: { MemTotal: memory.totalManagedPages * pageKib, MemFree: free * pageKib },
    extra: machine.arch.meminfo?.(machine) ?? [],
  })
}
