import { kilobytesOf, MEMORY_DIRECTORY, NODE_DIRECTORY, parseMeminfo } from '@memhp/kernel-files'
import { readBlockBytes } from '@memhp/topology'
import type { Target } from '../apply/target'
import { readSnapshot, type Snapshot } from './snapshot'
import { namedOnes, type Uevents } from './uevents'
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
const snapshotByFiles = ({ tree }: Pick<Target, 'tree'>): Promise<Snapshot> =>
  readSnapshot({ read: tree.read, unsorted: tree.list, texts: () => [] })

async function ueventsFrom({ hear }: Pick<Target, 'hear'>, signal: AbortSignal): Promise<Uevents> {
  if (hear === undefined) return { source: 'agent', events: undefined }
  const heard = await hear(signal)
  return heard === undefined
    ? { source: 'none', events: undefined }
    : { source: heard.by, events: namedOnes(heard.events) }
}

/** A machine elsewhere, to be watched. */
export function watchedFar(target: Pick<Target, 'run' | 'tree' | 'hear'>): Watched {
  const { run, tree } = target
  return {
    snapshot: async () =>
      run === undefined ? snapshotByFiles(target) : snapshotIn((await run(LOOK)).stdout),
    blockBytes: () => readBlockBytes(tree),
    uevents: (signal) => ueventsFrom(target, signal),
  }
}
