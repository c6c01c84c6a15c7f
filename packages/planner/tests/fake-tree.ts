import { type Errno, type ErrorCode, HotplugError, type LocalTree } from '@memhp/core'

/** A block of the fake tree. */
interface FakeBlock {
  state: string
  zone: string
  device?: string
}

/** What a fake tree is to do otherwise than a healthy kernel. */
export interface FakeFaults {
  /** Blocks that refuse to go offline. */
  readonly refuseOffline?: ReadonlySet<number>
  /** Blocks that refuse to come online again. */
  readonly refuseOnline?: ReadonlySet<number>
  /** Blocks that accept `offline` and do nothing. */
  readonly ignoreOffline?: ReadonlySet<number>
  /** Blocks that come back in this zone whatever was asked for. */
  readonly comeBackIn?: Readonly<Record<number, string>>
  /** Devices whose ejection is accepted and does nothing. */
  readonly ignoreEject?: ReadonlySet<string>
  /** Devices that refuse the write. */
  readonly refuseEject?: ReadonlySet<string>
  /** An ejection happens when the tree was looked at so often. */
  readonly ejectAfter?: number
}

/** A tree of blocks and devices that can be written, with every write on record. */
export interface FakeTree {
  readonly tree: LocalTree
  readonly writes: string[]
  readonly blocks: Map<number, FakeBlock>
  /** State and zone of every block, as text: equal for equal trees. */
  snapshot(): string
}

const refuse = (code: ErrorCode, errno: Errno, path: string): never => {
  throw new HotplugError(code, errno, `${path}: ${errno}`, { detail: { path } })
}

const ROOT = '/sys/devices/system/memory'
const ACPI = '/sys/bus/acpi/devices'

function storeState(block: FakeBlock, text: string, id: number, faults: FakeFaults): void {
  const path = `${ROOT}/memory${id}/state`
  if (text === 'offline') {
    if (faults.refuseOffline?.has(id)) refuse('UNMOVABLE_PAGE', 'EBUSY', path)
    if (block.state === 'offline') refuse('ALREADY_IN_STATE', 'EINVAL', path)
    if (!faults.ignoreOffline?.has(id)) block.state = 'offline'
    return
  }
  if (faults.refuseOnline?.has(id)) refuse('NOTIFIER_REFUSED', 'EBUSY', path)
  if (block.state === 'online') refuse('ALREADY_IN_STATE', 'EINVAL', path)
  block.state = 'online'
  block.zone = faults.comeBackIn?.[id] ?? (text === 'online_movable' ? 'Movable' : 'Normal')
}

/** Reads a file of a fake tree. */
function readFile(blocks: ReadonlyMap<number, FakeBlock>, path: string): string {
  if (path === `${ROOT}/block_size_bytes`) return '8000000\n'
  if (path === '/proc/meminfo') {
    const online = [...blocks.values()].filter(({ state }) => state === 'online')
    return `MemTotal:       ${online.length * 131072} kB\n`
  }
  const match = /\/memory(\d+)\/(state|valid_zones)$/.exec(path)
  const block = blocks.get(Number(match?.[1]))
  if (block === undefined) return refuse('NO_SUCH_FILE', 'ENOENT', path)
  if (match?.[2] === 'state') return `${block.state}\n`
  return block.state === 'online' ? `${block.zone}\n` : 'Normal Movable\n'
}

/** A fake tree. Its devices are those that its blocks name. */
export function fakeTree(
  sketch: Readonly<Record<number, FakeBlock>>,
  faults: FakeFaults = {},
): FakeTree {
  const blocks = new Map(Object.entries(sketch).map(([id, block]) => [Number(id), { ...block }]))
  const devices = [...new Set([...blocks.values()].flatMap(({ device }) => device ?? []))].sort()
  const writes: string[] = []
  const ejecting = new Map<string, number>()

  const finishEjections = (): void => {
    for (const [device, looks] of ejecting) {
      ejecting.set(device, looks - 1)
      if (looks > 0) continue
      ejecting.delete(device)
      for (const [id, block] of blocks) if (block.device === device) blocks.delete(id)
    }
  }
  const write = (path: string, text: string): void => {
    writes.push(`${path.split('/').slice(-2).join('/')}=${text}`)
    const block = /\/memory(\d+)\/state$/.exec(path)?.[1]
    const found = block === undefined ? undefined : blocks.get(Number(block))
    if (found !== undefined) {
      storeState(found, text, Number(block), faults)
      return
    }
    const device = /\/(PNP0C80:\w\w)\/eject$/.exec(path)?.[1]
    if (device === undefined) refuse('NO_SUCH_FILE', 'ENOENT', path)
    else if (faults.refuseEject?.has(device)) refuse('DEVICE_NOT_EJECTABLE', 'ENODEV', path)
    else if (!faults.ignoreEject?.has(device)) {
      ejecting.set(device, faults.ejectAfter ?? 0)
      if (faults.ejectAfter === undefined) finishEjections()
    }
  }
  const tree: LocalTree = {
    read: (path) => readFile(blocks, path),
    write,
    list: (path) => {
      if (path === ROOT) return [...blocks.keys()].map((id) => `memory${id}`)
      if (path === ACPI) return devices
      const block = blocks.get(Number(/\/memory(\d+)$/.exec(path)?.[1]))
      if (block !== undefined) {
        const links = block.device === undefined ? [] : ['firmware_node']
        return ['state', 'valid_zones', ...links]
      }
      return devices.includes(path.slice(ACPI.length + 1))
        ? ['eject', 'status']
        : refuse('NO_SUCH_FILE', 'ENOENT', path)
    },
    readlink: (path) => {
      const block = blocks.get(Number(/\/memory(\d+)\/firmware_node$/.exec(path)?.[1]))
      return block?.device === undefined
        ? refuse('NO_SUCH_FILE', 'ENOENT', path)
        : `../../${block.device}`
    },
    lookup: (path) => {
      const id = /^\/sys\/devices\/system\/memory\/memory(\d+)$/.exec(path)?.[1]
      if (id !== undefined) {
        finishEjections()
        return blocks.has(Number(id)) ? { kind: 'directory', mode: 0o755 } : undefined
      }
      return path === ACPI || path === ROOT ? { kind: 'directory', mode: 0o755 } : undefined
    },
  }
  const snapshot = (): string =>
    [...blocks]
      .map(([id, { state, zone }]) => `${id} ${state} ${state === 'online' ? zone : ''}`)
      .join('\n')
  return { tree, writes, blocks, snapshot }
}
