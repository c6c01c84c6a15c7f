import { serialiseCapture } from '@memhp/capture'
import {
  BLOCK_SIZE_FILE,
  kilobytesOf,
  MEMORY_DIRECTORY,
  NODE_DIRECTORY,
  parseHex,
  parseMeminfo,
} from '@memhp/kernel-files'
import { inTurn, type RemoteShell } from '@memhp/qemu'
import { captureRemote, orLost } from '../apply/remote-machine'
import { connect } from '../apply/ssh-target'
import type { SshSpec } from '../apply/target'
import type { Snapshot } from '../watch/snapshot'
import { type Watched, watchMemory } from '../watch/watch'
import { changeTeller, type LiveTarget, type TargetWish, WATCH_OPTIONS } from './live-target'

/** A look waits for a capture that is under way. In milliseconds. */
const LONGEST_PAUSE = 2000

/** All that a watch looks at, by one script: a line for each block and node, then /proc/meminfo. */
const LOOK = `
cd ${MEMORY_DIRECTORY} && for b in memory[0-9]*; do [ -r $b/state ] && read -r s <$b/state && echo "$b $s"; done
cd ${NODE_DIRECTORY} 2>/dev/null && for n in node[0-9]*; do [ -d $n ] && echo "$n"; done
cat /proc/meminfo`

function snapshotOf(stdout: string): Snapshot {
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

/** Opens a machine that ssh reaches, to be shown. @throws CliError where it cannot be reached */
export async function openFar(
  spec: SshSpec,
  { pages, arch, allowWrite }: TargetWish,
): Promise<LiveTarget> {
  const name = `the host ${spec.host}`
  const { shell, end } = await connect(spec, name)
  // Scripts go over its one connection one after another.
  const turn = inTurn()
  const run: RemoteShell['run'] = (script) => turn(() => orLost(() => shell.run(script)))
  const { tree } = shell
  const watched: Watched = {
    snapshot: async () => snapshotOf((await run(LOOK)).stdout),
    blockBytes: async () => parseHex((await run(`cat ${BLOCK_SIZE_FILE}`)).stdout.trim()),
    uevents: () => ({ source: 'none', events: undefined }),
  }
  const wish = { pages, ...(arch === undefined ? {} : { arch }) }
  return {
    name: spec.host,
    text: async () => serialiseCapture(await captureRemote({ run }, wish, name)),
    follow: async (signal, tell) => {
      const options = { ...WATCH_OPTIONS, longestPause: LONGEST_PAUSE }
      await watchMemory(watched, { ...options, signal, tell: changeTeller(tell) })
    },
    writable: allowWrite
      ? {
          place: `${spec.host}:`,
          write: (path, text) => orLost(() => tree.write(path, text)),
        }
      : null,
    close: async () => {
      await shell.close()
      end()
    },
  }
}
