/** Counts of a zone as /proc/zoneinfo prints them, in pages. */
export interface ZoneinfoCounts {
  readonly spanned: number
  readonly present: number
  readonly managed: number
}

/** Reads /proc/zoneinfo. @returns by `node/zone`, in the order of the text */
export function parseZoneinfo(text: string): ReadonlyMap<string, ZoneinfoCounts> {
  const zones = new Map<string, ZoneinfoCounts>()
  for (const part of text.split(/^(?=Node )/m)) {
    const [, node, zone] = /^Node (\d+), zone\s+(\w+)/.exec(part) ?? []
    if (node === undefined || zone === undefined) continue
    const count = (name: string): number =>
      Number(new RegExp(`^\\s+${name}\\s+(\\d+)`, 'm').exec(part)?.[1] ?? Number.NaN)
    zones.set(`${node}/${zone}`, {
      spanned: count('spanned'),
      present: count('present'),
      managed: count('managed'),
    })
  }
  return zones
}
