// An agent as one would run it on a host: it brings every offline memory block online, movable where that is possible.
// It knows nothing of the model: it is written against a FileTree, and runs on a live host as it is.
import { type FileTree, isHotplugError } from '@memhp/core'

const MEMORY = '/sys/devices/system/memory'

export interface AgentReport {
  readonly online: readonly string[]
  readonly refused: readonly { readonly block: string; readonly errno: string }[]
}

export async function onlineEverything(tree: FileTree): Promise<AgentReport> {
  const online: string[] = []
  const refused: { block: string; errno: string }[] = []
  for (const block of await tree.list(MEMORY)) {
    if (!/^memory\d+$/.test(block)) continue
    const directory = `${MEMORY}/${block}`
    if ((await tree.read(`${directory}/state`)) !== 'offline\n') continue
    const zones = (await tree.read(`${directory}/valid_zones`)).trim().split(' ')
    try {
      await tree.write(
        `${directory}/state`,
        zones.includes('Movable') ? 'online_movable' : 'online',
      )
      online.push(block)
    } catch (error) {
      if (!isHotplugError(error)) throw error
      refused.push({ block, errno: error.errno })
    }
  }
  return { online, refused }
}
