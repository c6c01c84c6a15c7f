import { DIALECTS } from '@memhp/platforms/dialects'
import { type AgentChannel, type AgentGuest, connectAgent, reachByAgent } from '@memhp/qemu'
import { readTopology } from '@memhp/topology'
import type { StudyWish } from '../source/studied-host'
import { checkFirst, orLost, readingOf, treeOrLost } from './remote-machine'
import type { AgentSpec, LibvirtSpec, ReadableTarget } from './target'

/** What the agent alone tells, where it runs no programs. */
const LITTLE =
  'its agent runs no programs (guest-exec): blocks and their states are known, and little else'

/** Opens a guest through the agent at a channel. @throws CliError where it may do too little */
export async function openByAgent(
  channel: AgentChannel,
  about: {
    readonly spec: AgentSpec | LibvirtSpec
    readonly name: string
    readonly wish: StudyWish
    readonly warn: (text: string) => void
  },
): Promise<ReadableTarget> {
  const { spec, name, wish, warn } = about
  let guest: AgentGuest
  try {
    guest = await orLost(() => reachByAgent(channel, { name }))
  } catch (error) {
    await channel.close()
    throw error
  }
  const { run } = guest
  const tree = treeOrLost(guest.tree)
  const known = { dialects: DIALECTS }
  const program = async (script: string): Promise<string> =>
    run === undefined ? '' : (await orLost(() => run(script))).stdout
  if (run === undefined) warn(`memhp: ${name}: ${LITTLE}.`)
  return {
    spec,
    name,
    tree,
    run: run === undefined ? undefined : (script) => orLost(() => run(script)),
    ...(run === undefined
      ? { open: async () => ({ tree, known }), study: () => readTopology(tree, known) }
      : readingOf({ run, tree }, wish, name)),
    checkWritable: async (plan) => {
      if (run === undefined) return
      await checkFirst({ run }, plan, {
        what: `${name} may not be written by its agent`,
        remedy: 'let the agent run as root, and let its confinement write to /sys',
      })
    },
    onWriter: () => {},
    waitsIn: () => guest.waitsIn(),
    kernelLog: async () => (await program('dmesg')).trimEnd().split('\n'),
    close: () => guest.close(),
  }
}

/** Opens a guest by the socket of its agent's port. @throws CliError where that cannot be reached */
export async function openAgent(
  spec: AgentSpec,
  wish: StudyWish,
  warn: (text: string) => void,
): Promise<ReadableTarget> {
  const name = `the guest of the agent at ${spec.socket}`
  const channel = await orLost(() => connectAgent(spec.socket, { name }))
  return openByAgent(channel, { spec, name, wish, warn })
}
