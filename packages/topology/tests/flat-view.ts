import type { TreeTexts } from './text-tree'

/** A recording's flat view: see the README of the recordings. */
export type FlatView = Readonly<Record<string, string>>

function zoneinfoOf(view: FlatView): string {
  const zones = new Map<string, string[]>()
  for (const [key, value] of Object.entries(view)) {
    const match = /^\/proc\/zoneinfo#(\d+)\/(\w+)\/(\w+)$/.exec(key)
    if (match === null) continue
    const header = `Node ${match[1]}, zone ${match[2]?.padStart(8)}`
    const line = match[3] === 'start_pfn' ? `  start_pfn: ${value}` : `        ${match[3]} ${value}`
    zones.set(header, [...(zones.get(header) ?? []), line])
  }
  return [...zones].map(([header, lines]) => `${[header, ...lines].join('\n')}\n`).join('')
}

/** Turns a flat view into the texts of a tree, `/proc/zoneinfo` and the meminfo files put together again. */
export function textsOf(view: FlatView): TreeTexts {
  const texts: Record<string, string> = { '/proc/zoneinfo': zoneinfoOf(view) }
  for (const [key, value] of Object.entries(view)) {
    const [path = key, counter] = key.split('#')
    if (path === '/proc/zoneinfo') continue
    if (counter === undefined) {
      texts[path] = value.startsWith('->') ? value : `${value}\n`
    } else {
      const node = /node(\d+)\/meminfo$/.exec(path)?.[1]
      const prefix = node === undefined ? '' : `Node ${node} `
      texts[path] = `${texts[path] ?? ''}${prefix}${counter}: ${value}\n`
    }
  }
  return texts
}
