import { derivePageBytes, kilobytesOf, nodeFile, parseMeminfo } from '@memhp/kernel-files'
import { readZoneinfo } from './text/zoneinfo'

/**
 * Bytes of a page: a node's MemTotal is the managed pages of its zones, in kB. (MemTotal of /proc/meminfo may count pages whose
 * initialisation was put off.)
 * @param files texts by path
 * @returns undefined where no node tells
 */
export function pageBytesFrom(files: Readonly<Record<string, string>>): number | undefined {
  const zones = readZoneinfo(files['/proc/zoneinfo'] ?? '')
  for (const node of new Set(zones.map((zone) => zone.node))) {
    const text = files[nodeFile(node, 'meminfo')]
    if (text === undefined) continue
    const kilobytes = kilobytesOf(parseMeminfo(text), 'MemTotal')
    const managedPages = zones
      .filter((zone) => zone.node === node)
      .reduce((sum, zone) => sum + zone.managed, 0)
    const { bytes, from } = derivePageBytes({
      givenBytes: undefined,
      managedPages,
      presentPages: 0,
      memTotalBytes: kilobytes === undefined ? undefined : kilobytes * 1024,
      onlineBytes: 0,
    })
    if (from === 'meminfo') return bytes
  }
  return undefined
}
