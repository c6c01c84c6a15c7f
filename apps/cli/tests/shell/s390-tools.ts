// What lsmem and chmem of util-linux 2.42 print and write on s390, as far as recorded sessions use them.
import { isHotplugError, type Machine } from '@memhp/core'
import { groupBlocks, readTopology } from '@memhp/topology'
import type { Said } from './shell'

const FIRMWARE = '/sys/firmware/memory'
const BLOCKS = '/sys/devices/system/memory'

/** A line of lsmem. */
interface Row {
  readonly start: number
  readonly end: number
  readonly state: string
  readonly blocks: string
  readonly zones: string
  readonly isConfigured: boolean
}

const MIB = 2 ** 20
const UNITS = ['M', 'G', 'T']

/** `1.8G`. @param bytes whole MiB */
function sizeOf(bytes: number): string {
  if (bytes === 0) return '0B'
  let value = bytes / MIB
  let unit = 0
  for (; value >= 1024; unit++) value /= 1024
  return `${value.toFixed(1).replace('.0', '')}${UNITS[unit]}`
}

const addressOf = (address: number): string => `0x${address.toString(16).padStart(16, '0')}`

const rangeOf = ({ start, end }: Pick<Row, 'start' | 'end'>): string =>
  `${addressOf(start)}-${addressOf(end - 1)}`

const numbersIn = (machine: Machine, folder: string): number[] =>
  machine.tree
    .list(folder)
    .flatMap((name) => /^memory(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)

const hasFirmware = (machine: Machine): boolean => machine.tree.lookup(FIRMWARE) !== undefined

/** Standby memory that is not configured, as runs of blocks. */
function deconfigured(machine: Machine): Row[] {
  if (!hasFirmware(machine)) return []
  const { blockBytes } = machine.geometry
  const present = new Set(numbersIn(machine, BLOCKS))
  const rows: Row[] = []
  for (const id of numbersIn(machine, FIRMWARE).filter((each) => !present.has(each))) {
    const last = rows.at(-1)
    const start = last?.end === id * blockBytes ? last.start : id * blockBytes
    if (start !== id * blockBytes) rows.pop()
    const first = start / blockBytes
    rows.push({
      start,
      end: (id + 1) * blockBytes,
      state: 'offline',
      blocks: first === id ? `${id}` : `${first}-${id}`,
      zones: '',
      isConfigured: false,
    })
  }
  return rows
}

async function rowsOf(machine: Machine): Promise<readonly Row[]> {
  const { pageBytes } = machine.geometry
  const { blocks } = await readTopology(machine.tree, { arch: 's390x', pageBytes })
  const present = groupBlocks(blocks, { by: ['state', 'zones'] }).map((group): Row => {
    const { state = '', zones } = group.blocks[0] ?? {}
    const { start, end, firstBlock, lastBlock } = group
    return {
      start,
      end,
      state,
      blocks: firstBlock === lastBlock ? `${firstBlock}` : `${firstBlock}-${lastBlock}`,
      zones:
        zones?.kind === 'in'
          ? zones.name
          : zones?.kind === 'candidates'
            ? zones.names.join('/')
            : 'None',
      isConfigured: true,
    }
  })
  return [...present, ...deconfigured(machine)].sort((a, b) => a.start - b.start)
}

/** What lsmem prints, each run of spaces as one. @param args `--output-all`, `-o +ZONES`, `-J` */
export async function lsmem(machine: Machine, args: readonly string[]): Promise<string> {
  const rows = await rowsOf(machine)
  return args.includes('-J') ? jsonOf(rows, machine) : tableOf(rows, machine, args)
}

function tableOf(rows: readonly Row[], machine: Machine, args: readonly string[]): string {
  const withAll = args.includes('--output-all')
  const withZones = withAll || args.includes('+ZONES')
  const withConfig = withAll && hasFirmware(machine)
  const line = (cells: readonly (string | false)[]): string => cells.filter(Boolean).join(' ')
  const heading = line([
    'RANGE SIZE STATE REMOVABLE BLOCK',
    withAll && 'NODE',
    withZones && 'ZONES',
    withConfig && 'CONFIGURED MEMMAP-ON-MEMORY',
  ])
  const body = rows.map((row) =>
    line([
      rangeOf(row),
      sizeOf(row.end - row.start),
      row.state,
      row.state === 'online' && 'yes',
      row.blocks,
      withZones && row.zones,
      withConfig && (row.isConfigured ? 'yes' : 'no'),
      withConfig && 'no',
    ]),
  )
  return `${[heading, ...body, '', ...totalsOf(rows, machine)].join('\n')}\n`
}

function totalsOf(rows: readonly Row[], machine: Machine): readonly string[] {
  const total = (wanted: string): string =>
    sizeOf(
      rows
        .filter(({ state }) => state === wanted)
        .reduce((sum, { start, end }) => sum + end - start, 0),
    )
  const parameter = '/sys/module/memory_hotplug/parameters/memmap_on_memory'
  return [
    `Memory block size: ${sizeOf(machine.geometry.blockBytes)}`,
    `Total online memory: ${total('online')}`,
    `Total offline memory: ${total('offline')}`,
    ...(machine.tree.lookup(parameter) === undefined ? [] : ['Memmap on memory parameter: no']),
  ]
}

function jsonOf(rows: readonly Row[], machine: Machine): string {
  const memory = rows.map((row) => ({
    range: rangeOf(row),
    size: sizeOf(row.end - row.start),
    state: row.state,
    removable: row.state === 'online',
    block: row.blocks,
    node: null,
    zones: row.zones || null,
    ...(hasFirmware(machine)
      ? { configured: row.isConfigured ? 'yes' : 'no', 'memmap-on-memory': 'no' }
      : {}),
  }))
  return `${JSON.stringify({ memory }, null, 3).replace(/\},\n\s*\{/g, '},{')}\n`
}

/** What a write comes to in the words of libc; undefined where it succeeds. */
function writeFails(machine: Machine, path: string, text: string): string | undefined {
  try {
    machine.tree.write(path, text)
    return undefined
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return WORDS[error.errno] ?? error.errno
  }
}

const WORDS: Readonly<Record<string, string>> = {
  EBUSY: 'Device or resource busy',
  EINVAL: 'Invalid argument',
  EIO: 'Input/output error',
  EOPNOTSUPP: 'Operation not supported',
  EPERM: 'Operation not permitted',
}

/** What one call of chmem is to do. */
interface Wish {
  readonly verb: 'enable' | 'disable' | 'configure' | 'deconfigure'
  /** `10-12`, of `-b`; null where a size is given. */
  readonly blocks: readonly number[] | null
  readonly bytes: number
  /** `-m`. */
  readonly memmap: string | null
}

const VERBS = { '-e': 'enable', '-d': 'disable', '-c': 'configure', '-g': 'deconfigure' } as const

function wishOf(args: readonly string[]): Wish {
  const after = (flag: string): string | null =>
    args.includes(flag) ? (args[args.indexOf(flag) + 1] ?? '') : null
  const [, verb = 'enable'] = Object.entries(VERBS).find(([flag]) => args.includes(flag)) ?? []
  const [first = 0, last = first] = (after('-b') ?? '').split('-').map(Number)
  const [, count = '0', unit] = /(?:^| )(\d+)([mg])(?: |$)/.exec(args.join(' ')) ?? []
  return {
    verb,
    blocks:
      after('-b') === null ? null : Array.from({ length: last - first + 1 }, (_, i) => first + i),
    bytes: Number(count) * (unit === 'g' ? 1024 * MIB : MIB),
    memmap: after('-m'),
  }
}

/** Does what chmem does: by blocks, or by size to as many as it takes, from the lowest up. */
export function chmem(machine: Machine, args: readonly string[]): Said {
  const wish = wishOf(args)
  if (wish.memmap !== null && wish.verb === 'enable') {
    const err = 'chmem: options --memmap-on-memory and --enable cannot be combined\n'
    return { out: '', err, status: 1 }
  }
  return wish.blocks === null ? bySize(machine, wish) : byBlocks(machine, wish, wish.blocks)
}

/** @returns the line that chmem prints; undefined where the block was changed */
function change(machine: Machine, id: number, { verb, memmap }: Wish): string | undefined {
  const { blockBytes } = machine.geometry
  const range = rangeOf({ start: id * blockBytes, end: (id + 1) * blockBytes })
  const block = `Memory Block ${id} (${range})`
  const config = `${FIRMWARE}/memory${id}/config`
  const state = `${BLOCKS}/memory${id}/state`
  const isOnline =
    machine.tree.lookup(state) !== undefined && machine.tree.read(state) === 'online\n'
  if (verb === 'deconfigure' && isOnline) return `${block} must be offline before deconfiguration`
  if (memmap !== null) {
    const failed = writeFails(machine, `${FIRMWARE}/memory${id}/memmap_on_memory`, memmap)
    if (failed !== undefined) return `chmem: ${block} memmap-on-memory failed: ${failed}`
  }
  const [path, text] = {
    configure: [config, '1'] as const,
    deconfigure: [config, '0'] as const,
    enable: [state, 'online'] as const,
    disable: [state, 'offline'] as const,
  }[verb]
  const failed = writeFails(machine, path, text)
  return failed === undefined ? undefined : `chmem: ${block} ${verb} failed: ${failed}`
}

const NAMES = { all: 0, none: 1, some: 64 }

function said(lines: readonly string[], { done, of }: { done: number; of: number }): Said {
  const status = done === of ? NAMES.all : done === 0 ? NAMES.none : NAMES.some
  return { out: lines.map((line) => `${line}\n`).join(''), err: '', status }
}

function byBlocks(machine: Machine, wish: Wish, blocks: readonly number[]): Said {
  const known = new Set(numbersIn(machine, hasFirmware(machine) ? FIRMWARE : BLOCKS))
  const lines = blocks.filter((id) => known.has(id)).map((id) => change(machine, id, wish))
  const done = lines.filter((line) => line === undefined).length
  return said(
    lines.filter((line) => line !== undefined),
    { done, of: blocks.length },
  )
}

function bySize(machine: Machine, wish: Wish): Said {
  const { blockBytes } = machine.geometry
  const present = new Set(numbersIn(machine, BLOCKS))
  const online = (id: number): boolean =>
    present.has(id) && machine.tree.read(`${BLOCKS}/memory${id}/state`) === 'online\n'
  const candidates = {
    configure: numbersIn(machine, hasFirmware(machine) ? FIRMWARE : BLOCKS).filter(
      (id) => !present.has(id),
    ),
    deconfigure: [...present].filter((id) => !online(id)),
    enable: [...present].filter((id) => !online(id)),
    disable: [...present].filter(online),
  }[wish.verb]
  const of = wish.bytes / blockBytes
  const lines: string[] = []
  let done = 0
  for (const id of candidates) {
    if (done === of) break
    const line = change(machine, id, wish)
    if (line === undefined) done++
    // By size, chmem passes over a block that a write of state or config fails for.
    else if (wish.memmap !== null) lines.push(line)
  }
  if (done < of) {
    const who = wish.verb === 'enable' || wish.verb === 'disable' ? 'chmem: ' : ''
    lines.push(`${who}Could only ${wish.verb} ${sizeOf(done * blockBytes)} of memory`)
  }
  return said(lines, { done, of })
}
