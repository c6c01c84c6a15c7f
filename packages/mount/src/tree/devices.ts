import type { LocalTree } from '@memhp/core'
import { type Attribute, type Directory, openDirectory, type TreeNode } from '@memhp/core/plugin'

/** A character device. stat(2) tells its number; nothing is behind it in this host, and the mount refuses to open it. */
export interface DeviceFile extends Attribute {
  readonly device: { readonly major: number; readonly minor: number }
}

/** Whether a node is a character device. */
export const isDevice = (node: TreeNode): node is DeviceFile => 'device' in node

/** Links to what has a character device, by its number: `253:0`. */
const BY_NUMBER = '/sys/dev/char'
const NUMBER = /^(\d+):(\d+)$/

/** Character devices of a machine by name. */
function devicesOf(tree: LocalTree): ReadonlyMap<string, DeviceFile> {
  const links = openDirectory(tree, BY_NUMBER)
  const devices = new Map<string, DeviceFile>()
  for (const number of links?.names() ?? []) {
    const link = links?.get(number)
    const [, major, minor] = NUMBER.exec(number) ?? []
    const name = link?.kind === 'link' ? link.target.split('/').at(-1) : undefined
    if (name === undefined || major === undefined) continue
    const device = { major: Number(major), minor: Number(minor) }
    devices.set(name, { kind: 'file', mode: 0o600, device })
  }
  return devices
}

/** Paths of a machine's character devices, below /dev. */
export const devicePaths = (tree: LocalTree): readonly string[] =>
  [...devicesOf(tree).keys()].map((name) => `/dev/${name}`)

/** A root directory with `dev` beside what it has, as long as there are devices. */
export function withDevices(root: Directory, tree: LocalTree): Directory {
  const dev: Directory = {
    kind: 'directory',
    names: () => [...devicesOf(tree).keys()],
    get: (name) => devicesOf(tree).get(name),
  }
  const isThere = (): boolean => devicesOf(tree).size > 0
  return {
    kind: 'directory',
    names: () => [...root.names(), ...(isThere() ? ['dev'] : [])],
    get: (name) => (name === 'dev' && isThere() ? dev : root.get(name)),
  }
}
