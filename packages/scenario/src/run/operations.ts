import { ERRNO, type Geometry, HotplugError, KIB, MIB } from '@memhp/core'
import type { FirmwareDialect } from '@memhp/core/plugin'
import { DIALECTS } from '@memhp/platforms/dialects'
import type { MachineOperation } from '@memhp/trace'
import type {
  Action,
  ActionKind,
  FillAction,
  HugePagesAction,
  OnlineAction,
  PlugAction,
  PoisonAction,
  UnmovableAction,
} from '../format/action'
import { PATH_BASE } from '../format/path'

/** Kinds of actions that do something; the others look. */
type DoingKind = Exclude<ActionKind, 'read' | 'check' | 'operation'>

/** The action of a kind: several kinds may share one interface. */
type ActionOf<Kind extends ActionKind, Each extends Action = Action> = Each extends Action
  ? Kind extends Each['kind']
    ? Each
    : never
  : never

/** What the words of an action are understood by. */
export interface Understanding {
  readonly geometry: Geometry
  /** Default: of all firmware that @memhp/platforms lists. */
  readonly dialects?: readonly FirmwareDialect[] | undefined
}

type Lower<Kind extends ActionKind> = (
  action: ActionOf<Kind>,
  by: Understanding,
) => readonly MachineOperation[]

const ONLINE_WORDS: Readonly<Record<OnlineAction['zone'], string>> = {
  default: 'online',
  kernel: 'online_kernel',
  movable: 'online_movable',
}

const write = (path: string, value: string): MachineOperation => ({ op: 'write', path, value })

const writeStates = (blocks: readonly number[], word: string): readonly MachineOperation[] =>
  blocks.map((block) => write(`${PATH_BASE}/memory${block}/state`, word))

function plug({ id, sizeBytes, node, address, slot }: PlugAction): readonly MachineOperation[] {
  const place = {
    ...(address === undefined ? {} : { address }),
    ...(slot === undefined ? {} : { slot }),
  }
  return [{ op: 'plug', id, mib: sizeBytes / MIB, node, ...place }]
}

/** Asks the kernel for a device, by a word of its firmware's. @throws HotplugError NO_SUCH_DEVICE (ENODEV) */
function eject(device: string, dialects: readonly FirmwareDialect[] = DIALECTS): MachineOperation {
  for (const { files } of dialects) {
    const removal = files.removalOf(device)
    if (removal !== undefined) return write(removal.path, removal.text)
  }
  throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `No firmware has a "${device}".`)
}

function fill({ name, node, sizeBytes, policy, as }: FillAction): readonly MachineOperation[] {
  const amount = { node, mib: sizeBytes / MIB, policy }
  return as === 'file'
    ? [{ op: 'fill', file: name, ...amount }]
    : [{ op: 'allocate', name, as, ...amount }]
}

function poison(
  { block, page }: PoisonAction,
  { geometry }: Understanding,
): readonly MachineOperation[] {
  const address = (block * geometry.pagesPerBlock + page) * geometry.pageBytes
  return [write(`${PATH_BASE}/hard_offline_page`, `0x${address.toString(16)}`)]
}

const LOWER: { readonly [Kind in DoingKind]: Lower<Kind> } = {
  plug,
  unplug: ({ id }) => [{ op: 'unplug', id }],
  resize: ({ id, sizeBytes }) => [{ op: 'request', id, kib: sizeBytes / KIB }],
  online: ({ blocks, zone }) => writeStates(blocks, ONLINE_WORDS[zone]),
  offline: ({ blocks }) => writeStates(blocks, 'offline'),
  write: ({ path, value }) => [write(path, value)],
  eject: ({ device }, { dialects }) => [eject(device, dialects)],
  add: ({ start, sizeBytes, node }) => [{ op: 'add', start, end: start + sizeBytes, node }],
  remove: ({ start, sizeBytes }) => [{ op: 'remove', start, end: start + sizeBytes }],
  fill,
  drop: ({ name }) => [{ op: 'drop', file: name }],
  pin: ({ kind, ...which }) => [{ op: kind, ...which }],
  unpin: ({ kind, ...which }) => [{ op: kind, ...which }],
  unmovable: ({ kind: _, ...what }: UnmovableAction) => [{ op: 'obstruct', ...what }],
  hugepages: ({ kind: _, sizeBytes, ...what }: HugePagesAction) => [
    { op: 'take-huge', ...what, ...(sizeBytes === undefined ? {} : { mib: sizeBytes / MIB }) },
  ],
  poison,
  inject: ({ event, errno }) => [
    { op: 'inject', event, errno: errno === null ? 0 : -ERRNO[errno] },
  ],
  settle: () => [{ op: 'settle' }],
  tick: ({ time }) => [{ op: 'tick', ms: time }],
  snapshot: ({ name }) => [{ op: 'snapshot', name }],
  restore: ({ name }) => [{ op: 'restore', name }],
}

/** The operations that an action stands for, in order; none where it only looks. A refusal of one ends it. */
export function operationsOf(action: Action, by: Understanding): readonly MachineOperation[] {
  if (action.kind === 'read' || action.kind === 'check') return []
  if (action.kind === 'operation') return [action.do]
  // The compiler cannot see that what the table has for a kind takes actions of that kind.
  const lower = LOWER[action.kind] as (
    action: Action,
    by: Understanding,
  ) => readonly MachineOperation[]
  return lower(action, by)
}
