// What a folder, its capture and the twin of that say of one host must be the same.
import { existsSync } from 'node:fs'
import { runLine } from './run-line'

/** What two readings of a block must agree on. */
interface SeenBlock {
  readonly id: number
  readonly state: string
  readonly zone: string | null
  readonly nodes: unknown
}

async function listed(source: readonly string[]): Promise<readonly SeenBlock[] | undefined> {
  const { code, stdout } = await runLine(['list', '--blocks', '--json', ...source])
  if (code !== 0) return undefined
  const { blocks } = JSON.parse(stdout) as { readonly blocks: readonly SeenBlock[] }
  return blocks
}

const LOOK =
  'cd /sys/devices/system/memory; for m in memory*; do [ -e $m/state ] && echo "$m $(cat $m/state)"; done'

/** Ids and states of the twin's blocks; undefined where no twin can be made. */
async function twinned(file: string): Promise<ReadonlyMap<number, string> | undefined> {
  const { code, stdout } = await runLine(['shell', file, '-c', LOOK])
  if (code === 2) return undefined
  const lines = stdout.trim().split('\n')
  return new Map(
    lines.flatMap((line) => {
      const [, id, state] = /^memory(\d+) (\S+)$/.exec(line) ?? []
      return id === undefined || state === undefined ? [] : [[Number(id), state]]
    }),
  )
}

/** A twin has to be in some state, which is never the midst of an operation, and says what it takes a block for. */
const TAKEN_FOR: Readonly<Record<string, string>> = { 'going-offline': 'online' }

const brief = (value: unknown): string => JSON.stringify(value)?.slice(0, 400) ?? ''

function listDifference(
  folder: readonly SeenBlock[],
  capture: readonly SeenBlock[],
): string | undefined {
  const others = new Map(capture.map((block) => [block.id, block]))
  if (folder.length !== capture.length) {
    return `the folder has ${folder.length} blocks, its capture ${capture.length}`
  }
  for (const block of folder) {
    const other = others.get(block.id)
    const isSame =
      other?.state === block.state &&
      other.zone === block.zone &&
      JSON.stringify(other.nodes) === JSON.stringify(block.nodes)
    if (!isSame) return `the folder has ${brief(block)}, its capture ${brief(other)}`
  }
  return undefined
}

/**
 * Compares what is told of the host in `tree`, of its capture, and of the twin of that.
 * @returns what differs; undefined where nothing does, or where the host cannot be captured
 */
export async function hostProblem(): Promise<string | undefined> {
  if (!existsSync('out.json.gz')) return undefined
  const folder = await listed(['--sysroot', 'tree'])
  const capture = await listed(['out.json.gz'])
  if (capture === undefined) return 'a capture that memhp wrote cannot be listed'
  if (folder === undefined) return 'a folder that was captured cannot be listed'
  const difference = listDifference(folder, capture)
  if (difference !== undefined) return difference
  const twin = await twinned('out.json.gz')
  if (twin === undefined) return undefined
  for (const { id, state } of capture) {
    const other = twin.get(id)
    const isSame = state === 'unknown' ? other !== undefined : other === (TAKEN_FOR[state] ?? state)
    if (!isSame) return `block ${id} is ${state} in the capture and ${other} in its twin`
  }
  if (twin.size !== capture.length) {
    return `the capture has ${capture.length} blocks, its twin ${twin.size}`
  }
  return undefined
}
