import {
  BLOCK_SIZE_FILE,
  blockFile,
  kilobytesOf,
  MEMORY_DIRECTORY,
  NODE_DIRECTORY,
  parseHex,
  parseMeminfo,
} from '@memhp/kernel-files'
import { idsIn, readBlockBytes } from '@memhp/topology'
import type { Target } from '../apply/target'
import { ifThere, type Snapshot } from './snapshot'
import { named, type Uevents, type WatchedUevent } from './uevents'
import type { Watched } from './watch'

/** All that a watch looks at, by one script: a line for each block and node, then /proc/meminfo. */
const LOOK = `
cd ${MEMORY_DIRECTORY} && for b in memory[0-9]*; do [ -r $b/state ] && read -r s <$b/state && echo "$b $s"; done
cd ${NODE_DIRECTORY} 2>/dev/null && for n in node[0-9]*; do [ -d $n ] && echo "$n"; done
cat /proc/meminfo`

function snapshotIn(stdout: string): Snapshot {
  const blocks = [...stdout.matchAll(/^memory(\d+) (\S+)$/gm)].map(
    ([, id, state = '']) => [Number(id), state] as const,
  )
  const nodes = [...stdout.matchAll(/^node(\d+)$/gm)].map(([, id]) => Number(id))
  const meminfo = parseMeminfo(stdout.slice(Math.max(0, stdout.indexOf('MemTotal:'))))
  return {
    blocks: new Map(blocks.sort(([a], [b]) => a - b)),
    nodes: new Set(nodes),
    memTotal: kilobytesOf(meminfo, 'MemTotal'),
  }
}

/** The same of a machine whose files are all that can be asked for. */
async function snapshotByFiles({ tree }: Target): Promise<Snapshot> {
  const blocks = new Map<number, string>()
  for (const id of idsIn(await tree.list(MEMORY_DIRECTORY), 'memory')) {
    const state = await ifThere(() => tree.read(blockFile(id, 'state')))
    if (state !== undefined) blocks.set(id, state.trim())
  }
  const nodes = (await ifThere(() => tree.list(NODE_DIRECTORY))) ?? []
  const meminfo = await ifThere(async () => parseMeminfo(await tree.read('/proc/meminfo')))
  const memTotal = meminfo === undefined ? undefined : kilobytesOf(meminfo, 'MemTotal')
  return { blocks, nodes: new Set(idsIn(nodes, 'node')), memTotal }
}

async function* namedOnes(
  events: AsyncIterable<{ readonly action: string; readonly devpath: string }>,
): AsyncGenerator<WatchedUevent> {
  for await (const { action, devpath } of events) {
    const uevent = named(action, devpath)
    if (uevent !== undefined) yield uevent
  }
}

async function ueventsFrom({ hear }: Target, signal: AbortSignal): Promise<Uevents> {
  if (hear === undefined) return { source: 'agent', events: undefined }
  const heard = await hear(signal)
  return heard === undefined
    ? { source: 'none', events: undefined }
    : { source: heard.by, events: namedOnes(heard.events) }
}

/** A machine elsewhere, to be watched. */
export function watchedFar(target: Target): Watched {
  const { run, tree } = target
  return {
    snapshot: async () =>
      run === undefined ? snapshotByFiles(target) : snapshotIn((await run(LOOK)).stdout),
    blockBytes: async () =>
      run === undefined
        ? readBlockBytes(tree)
        : parseHex((await run(`cat ${BLOCK_SIZE_FILE}`)).stdout.trim()),
    uevents: (signal) => ueventsFrom(target, signal),
  }
}
