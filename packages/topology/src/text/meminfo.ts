/**
 * Reads one counter of `/proc/meminfo` or of a node's `meminfo`.
 * @returns bytes; undefined where the text has no such line
 */
export function meminfoBytes(text: string, name: string): number | undefined {
  for (const line of text.split('\n')) {
    const match = /^(?:Node \d+ )?([^:]+):\s+(\d+)(?: (kB))?\s*$/.exec(line)
    if (match?.[1] === name) return Number(match[2]) * (match[3] === undefined ? 1 : 1024)
  }
  return undefined
}
