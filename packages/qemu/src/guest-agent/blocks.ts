import { ERRNO } from '@memhp/core'
import { refusal } from '../guest/tree-error'
import type { AgentChannel } from './channel'

/** A memory block as the agent tells of it. */
export interface AgentBlock {
  readonly 'phys-index': number
  readonly online: boolean
}

/** What became of one. Source: QEMU 7.2, qga/qapi-schema.json, GuestMemoryBlockResponse. */
interface BlockResponse {
  readonly 'phys-index': number
  readonly response: 'success' | 'not-found' | 'operation-not-supported' | 'operation-failed'
  readonly 'error-code'?: number
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(ERRNO).map(([name, number]) => [number, name]),
)

/** Memory blocks of a guest. @throws as `AgentChannel.ask` */
export const agentBlocks = async (channel: AgentChannel): Promise<readonly AgentBlock[]> =>
  (await channel.ask('guest-get-memory-blocks')) as readonly AgentBlock[]

/** Bytes of a memory block. @throws as `AgentChannel.ask` */
export async function agentBlockBytes(channel: AgentChannel): Promise<number> {
  const { size } = (await channel.ask('guest-get-memory-block-info')) as { readonly size: number }
  return size
}

/**
 * Has a memory block brought online, to whatever zone the kernel takes, or offline. A block that is so already is a success.
 * @throws HotplugError with the errno that the kernel gave
 */
export async function setAgentBlock(
  channel: AgentChannel,
  {
    path,
    block,
    online,
  }: { readonly path: string; readonly block: number; readonly online: boolean },
): Promise<void> {
  const [answer] = (await channel.ask('guest-set-memory-blocks', {
    'mem-blks': [{ 'phys-index': block, online }],
  })) as readonly BlockResponse[]
  if (answer?.response === 'success') return
  throw refusal('write', path, NAMES.get(answer?.['error-code'] ?? ERRNO.EIO) ?? 'EIO')
}
