import { derivePageBytes, kilobytesOf, parseMeminfo } from '@memhp/kernel-files'
import { readZoneinfo } from './text/zoneinfo'

const NODE_MEMINFO = /^\/sys\/devices\/system\/node\/node(\d+)\/meminfo$/

/**
 * Bytes of a page: a node's MemTotal is the managed pages of its zones, in kB. (MemTotal of /proc/meminfo may count pages whose
 * initialisation was put off.)
 * @param files texts by path
 * @returns undefined where no node tells
 */
export function pageBytesFrom(files: Readonly<Record<string, string>>): number | undefined {
  const zones = readZoneinfo(files['/proc/zoneinfo'] ?? '')
  for (const [path, text] of Object.entries(files)) {
    const node = NODE_MEMINFO.exec(path)?.[1]
    if (node === undefined) continue
    const kilobytes = kilobytesOf(parseMeminfo(text), 'MemTotal')
    const managedPages = zones
      .filter((zone) => zone.node === Number(node))
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
