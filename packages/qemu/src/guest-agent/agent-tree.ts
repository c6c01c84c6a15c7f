import { parseNumberList } from '@memhp/kernel-files'
import type { GuestWriteOptions } from '../guest/guest-tree'
import { refusal } from '../guest/tree-error'
import type { RemoteTree } from '../remote/connect-shell'
import type { AgentAbilities } from './abilities'
import { agentBlockBytes, agentBlocks, setAgentBlock } from './blocks'
import type { AgentChannel } from './channel'
import { readByAgent, writeByAgent } from './files'

const MEMORY = '/sys/devices/system/memory'
const STATE = /^\/sys\/devices\/system\/memory\/memory(\d+)\/state$/
const BLOCK = /^\/sys\/devices\/system\/memory\/memory(\d+)$/
const NODES = '/sys/devices/system/node'
const NODE = /^\/sys\/devices\/system\/node\/node\d+$/
const MOST_NODES = 1024
/** Files of a block and of a node that kernels have. */
const OF_BLOCK = ['online', 'phys_device', 'removable', 'state', 'valid_zones']
const OF_NODE = ['cpulist', 'distance', 'meminfo']
const DIRECTORY = 0o755
const FILE = 0o644

/** What tells of the kernel where no file does. Source: QEMU 7.2, qga/qapi-schema.json, GuestOSInfo. */
const OF_KERNEL: Readonly<Record<string, string>> = {
  '/proc/sys/kernel/arch': 'machine',
  '/proc/sys/kernel/osrelease': 'kernel-release',
}

async function kernelText(channel: AgentChannel, path: string): Promise<string> {
  const info = (await channel.ask('guest-get-osinfo')) as Readonly<Record<string, string>>
  const text = info[OF_KERNEL[path] ?? '']
  if (text === undefined) throw refusal('read', path, 'ENOENT')
  return `${text}\n`
}

/** What an agent that runs no programs tells of files: of memory blocks itself, and of others where it may read them. */
class AgentFiles {
  readonly #channel: AgentChannel
  readonly #mayRead: boolean

  constructor(channel: AgentChannel, mayRead: boolean) {
    this.#channel = channel
    this.#mayRead = mayRead
  }

  async read(path: string): Promise<string> {
    if (this.#mayRead) return readByAgent(this.#channel, path)
    if (STATE.test(path)) return this.#state(path)
    if (path === `${MEMORY}/block_size_bytes`)
      return `${(await agentBlockBytes(this.#channel)).toString(16)}\n`
    if (path in OF_KERNEL) return kernelText(this.#channel, path)
    throw refusal('read', path, 'ENOENT')
  }

  /** What a directory holds, of those that tell of memory; undefined for others: no directory can be listed by the agent itself. */
  async names(path: string): Promise<readonly string[] | undefined> {
    if (path === MEMORY) return this.#blockNames()
    if (BLOCK.test(path)) return this.#mayRead ? OF_BLOCK : ['state']
    if (!this.#mayRead) return undefined
    if (path === NODES) {
      const online = (await this.read(`${NODES}/online`)).trim()
      return parseNumberList(online, MOST_NODES).map((id) => `node${id}`)
    }
    return NODE.test(path) ? [...OF_NODE, ...(await this.#blocksOfNode(path))] : undefined
  }

  isThere(path: string): Promise<boolean> {
    return this.read(path).then(
      () => true,
      () => false,
    )
  }

  async #state(path: string): Promise<string> {
    const block = Number(STATE.exec(path)?.[1])
    const blocks = await agentBlocks(this.#channel)
    const found = blocks.find((each) => each['phys-index'] === block)
    if (found === undefined) throw refusal('read', path, 'ENOENT')
    return found.online ? 'online\n' : 'offline\n'
  }

  async #blockNames(): Promise<readonly string[]> {
    const blocks = await agentBlocks(this.#channel)
    return blocks.map((block) => `memory${block['phys-index']}`).sort()
  }

  async #blocksOfNode(node: string): Promise<readonly string[]> {
    const found: string[] = []
    for (const name of await this.#blockNames())
      if (await this.isThere(`${node}/${name}/state`)) found.push(name)
    return found
  }
}

/** @throws HotplugError with the errno of the kernel */
async function writeState(
  channel: AgentChannel,
  { path, text, files }: { readonly path: string; readonly text: string; readonly files: boolean },
): Promise<void> {
  const block = Number(STATE.exec(path)?.[1])
  const isPlain = text === 'offline' || text === 'online' || !files
  // Without files the zone is the kernel’s choice; whoever asked looks at it afterwards.
  if (!Number.isNaN(block) && isPlain)
    await setAgentBlock(channel, { path, block, online: text !== 'offline' })
  else if (files) await writeByAgent(channel, path, text)
  else throw refusal('write', path, 'EACCES')
}

/**
 * The file tree of a guest whose agent runs no programs: memory blocks and their states, and what it reads of files where it may. Directories
 * cannot be listed by it, so that devices are not known, and nodes only where files can be read.
 */
export function agentTree(
  channel: AgentChannel,
  { files }: Pick<AgentAbilities, 'files'>,
): RemoteTree {
  const known = new AgentFiles(channel, files)
  return {
    read: (path) => known.read(path),
    write: async (path, text, { signal }: GuestWriteOptions = {}) => {
      if (signal?.aborted) throw refusal('write', path, 'EINTR')
      await writeState(channel, { path, text, files })
    },
    list: async (path) => {
      const names = await known.names(path.replace(/\/+$/, ''))
      if (names === undefined) throw refusal('list', path, 'ENOENT')
      return names
    },
    readlink: async (path) => {
      throw refusal('readlink', path, 'ENOENT')
    },
    lookup: async (path) => {
      if (BLOCK.test(path)) {
        const isThere = await known.isThere(`${path}/state`)
        return isThere ? { kind: 'directory', mode: DIRECTORY } : undefined
      }
      return (await known.isThere(path)) ? { kind: 'file', mode: FILE } : undefined
    },
  }
}
