import { errnoName } from '../agent/errno'
import { refusal, type TreeAction } from '../guest/tree-error'
import { type AgentChannel, AgentRefusal } from './channel'

/** The most that the agent reads at once. Source: QEMU 7.2, qga/commands.c, QGA_READ_COUNT_MAX is larger. */
const PIECE_BYTES = 2 ** 20

interface Piece {
  readonly count: number
  readonly 'buf-b64': string
  readonly eof: boolean
}

/** A refusal of the agent as that of the file system, by its words. */
async function asFile<T>(action: TreeAction, path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof AgentRefusal)) throw error
    throw refusal(action, path, errnoName({ status: 1, stderr: error.desc }))
  }
}

async function withFile<T>(
  channel: AgentChannel,
  { path, mode }: { readonly path: string; readonly mode: 'r' | 'w' },
  use: (handle: unknown) => Promise<T>,
): Promise<T> {
  const handle = await channel.ask('guest-file-open', { path, mode })
  try {
    return await use(handle)
  } finally {
    await channel.ask('guest-file-close', { handle })
  }
}

/** Reads a file of a guest by its agent. @throws HotplugError as a file tree does */
export const readByAgent = (channel: AgentChannel, path: string): Promise<string> =>
  asFile('read', path, () =>
    withFile(channel, { path, mode: 'r' }, async (handle) => {
      const pieces: Buffer[] = []
      for (;;) {
        const piece = (await channel.ask('guest-file-read', {
          handle,
          count: PIECE_BYTES,
        })) as Piece
        pieces.push(Buffer.from(piece['buf-b64'], 'base64'))
        if (piece.eof || piece.count === 0) return Buffer.concat(pieces).toString()
      }
    }),
  )

/**
 * Writes to a file of a guest by its agent. It keeps what it is given to itself until it is told to flush: only that
 * tells what the kernel says of it, and the closing hides it again.
 * @throws HotplugError as a file tree does
 */
export const writeByAgent = (channel: AgentChannel, path: string, text: string): Promise<void> =>
  asFile('write', path, () =>
    withFile(channel, { path, mode: 'w' }, async (handle) => {
      const data = Buffer.from(text).toString('base64')
      await channel.ask('guest-file-write', { handle, 'buf-b64': data })
      await channel.ask('guest-file-flush', { handle })
    }),
  )
