import type { AgentChannel } from './channel'

/** What an agent carries out: distributions and administrators switch commands off. */
export interface AgentAbilities {
  /** Any program. */
  readonly programs: boolean
  /** Reading and writing of files. */
  readonly files: boolean
  /** Memory blocks, which are brought online and offline by number. */
  readonly blocks: boolean
}

const NEEDED: Readonly<Record<keyof AgentAbilities, readonly string[]>> = {
  programs: ['guest-exec', 'guest-exec-status'],
  files: [
    'guest-file-open',
    'guest-file-read',
    'guest-file-write',
    'guest-file-flush',
    'guest-file-close',
  ],
  blocks: ['guest-get-memory-blocks', 'guest-set-memory-blocks', 'guest-get-memory-block-info'],
}

/** Asks an agent what it carries out. @throws as `AgentChannel.ask` */
export async function abilitiesOf(channel: AgentChannel): Promise<AgentAbilities> {
  // What this program was told: the agent's own schema says so.
  const info = (await channel.ask('guest-info')) as {
    readonly supported_commands?: readonly { readonly name: string; readonly enabled: boolean }[]
  }
  const enabled = new Set(
    (info.supported_commands ?? []).flatMap(({ name, enabled: is }) => (is ? [name] : [])),
  )
  const has = (ability: keyof AgentAbilities): boolean =>
    NEEDED[ability].every((name) => enabled.has(name))
  return { programs: has('programs'), files: has('files'), blocks: has('blocks') }
}
