import type { Trace } from '../trace'
import { checkMachineResizable, checkResizable } from './check-resizable'
import { COUNT_LIMIT, isCount, isRecord, MIB_LIMIT } from './limits'
import { refuse } from './refuse'

/** Blocks of 1 MiB. */
const BLOCK_LIMIT = MIB_LIMIT

const isListOfTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string')

/** What a field must be, and how to say so. */
const FIELD_KINDS = /* @__PURE__ */ (() =>
  ({
    text: { is: (value: unknown) => typeof value === 'string', words: 'must be text.' },
    whole: { is: Number.isSafeInteger, words: 'must be a whole number.' },
    count: {
      is: (value: unknown) => isCount(value, COUNT_LIMIT),
      words: `must be a whole number from 0 to ${COUNT_LIMIT}.`,
    },
    mib: {
      is: (value: unknown) => isCount(value, MIB_LIMIT),
      words: `must be MiB, a whole number from 0 to ${MIB_LIMIT}.`,
    },
    kib: {
      is: (value: unknown) => isCount(value, MIB_LIMIT * 1024),
      words: `must be KiB, a whole number from 0 to ${MIB_LIMIT * 1024}.`,
    },
    numbers: {
      is: (value: unknown) =>
        Array.isArray(value) && value.every((number) => isCount(number, BLOCK_LIMIT)),
      words: 'must list numbers of blocks.',
    },
  }) as const)()
type Fields = Readonly<Record<string, keyof typeof FIELD_KINDS>>

function checkFields(record: Record<string, unknown>, fields: Fields, place: string): void {
  for (const [field, kind] of Object.entries(fields)) {
    const { is, words } = FIELD_KINDS[kind]
    if (!is(record[field])) refuse(place === '' ? field : `${place}/${field}`, words)
  }
}

/** Fields of each operation. */
const OPERATION_FIELDS: Readonly<Record<string, Fields>> = {
  plug: { id: 'text', mib: 'mib', node: 'count' },
  unplug: { id: 'text' },
  request: { id: 'text', kib: 'kib' },
  plugv: { id: 'text', max_mib: 'mib', node: 'count' },
  write: { path: 'text', value: 'text' },
  fill: { file: 'text', node: 'count', mib: 'mib', policy: 'text' },
  drop: { file: 'text' },
  inject: { event: 'text', errno: 'whole' },
  sclp_fail: { blocks: 'numbers', block_mib: 'mib' },
  look: {},
  shell: { cmd: 'text' },
  'page-tables': {},
  'pgdat-read': {},
  'page-cgroup-tables': {},
}

/** Steps that only ask: nothing is recorded of them but what was found, as fields of `result`. */
const READINGS: readonly string[] = ['shell', 'page-tables', 'pgdat-read', 'page-cgroup-tables']

function checkMachine(machine: unknown): void {
  if (!isRecord(machine)) refuse('machine', 'must be an object.')
  const fields: Fields = {
    cmdline: 'text',
    cpus: 'count',
    slots: 'count',
    boot_mib: 'mib',
    max_mib: 'mib',
  }
  checkFields(machine, fields, 'machine')
  const nodes = machine.nodes_mib
  const areNodes =
    Array.isArray(nodes) &&
    nodes.length <= COUNT_LIMIT &&
    nodes.every((mib) => isCount(mib, MIB_LIMIT))
  if (!areNodes) refuse('machine/nodes_mib', 'must list the MiB of each node.')
  checkMachineResizable(machine)
}

function checkView(view: unknown): void {
  if (!isRecord(view)) refuse('boot', 'must be an object.')
  for (const [key, text] of Object.entries(view)) {
    checkKey(key, 'boot')
    if (typeof text !== 'string') refuse(`boot/${key}`, 'must be text.')
  }
}

/** A key of the flat view: a path, or a path and a line of its file. */
function checkKey(key: string, place: string): void {
  if (key.startsWith('/')) return
  refuse(`${place}/${key}`, 'is not a path: it does not begin with a slash.')
}

function checkDevices(devices: unknown, place: string): void {
  if (!Array.isArray(devices)) refuse(place, 'must be a list.')
  devices.forEach((device: unknown, i) => {
    const [id, ...numbers]: unknown[] = Array.isArray(device) ? device : []
    const isDevice = numbers.length >= 3 && numbers.every(Number.isSafeInteger)
    if (typeof id !== 'string' || !isDevice) {
      refuse(`${place}/${i}`, 'must be [id, address, bytes, node].')
    }
  })
}

function checkResult(result: unknown, place: string): void {
  if (!isRecord(result)) refuse(place, 'must be an object.')
  const { devices, errno, error, ok, corrupt, sclp, reading } = result
  if (reading === undefined) checkDevices(devices, `${place}/devices`)
  else if (!isRecord(reading)) refuse(place, 'must be an object.')
  checkResizable(result, place)
  if (errno !== undefined && errno !== null && typeof errno !== 'string') {
    refuse(`${place}/errno`, 'must be the name of an errno, or null.')
  }
  if (error !== undefined && typeof error !== 'string') refuse(`${place}/error`, 'must be text.')
  if (ok !== undefined && typeof ok !== 'boolean') refuse(`${place}/ok`, 'must be true or false.')
  if (sclp !== undefined && !(isRecord(sclp) && Object.values(sclp).every(Number.isSafeInteger)))
    refuse(`${place}/sclp`, 'must count the commands of the kernel.')
  if (corrupt !== undefined && !isListOfTexts(corrupt)) {
    refuse(`${place}/corrupt`, 'must list files.')
  }
}

function checkQmp(events: unknown, place: string): void {
  if (!Array.isArray(events)) refuse(place, 'must be a list.')
  events.forEach((event: unknown, i) => {
    if (!isRecord(event) || typeof event.event !== 'string') {
      refuse(`${place}/${i}`, 'must be an event with its name in `event`.')
    }
    if (!isRecord(event.data)) refuse(`${place}/${i}/data`, 'must be an object.')
  })
}

/** An event that tells nothing but its name has no data in some recordings. */
const completeEvent = (event: unknown): unknown =>
  isRecord(event) && event.data === undefined ? { ...event, data: {} } : event

/** A machine whose firmware has no slots is recorded without them, and without nodes where the kernel knows none. */
const completeMachine = (machine: unknown): unknown =>
  isRecord(machine) ? { slots: 0, nodes_mib: [machine.boot_mib], ...machine } : machine

/** A step that only asked, with the fields that others have. */
function completeStep(step: unknown): unknown {
  if (!isRecord(step) || !isRecord(step.op)) return step
  if (!READINGS.includes(String(step.op.op)))
    return Array.isArray(step.qmp) ? { ...step, qmp: step.qmp.map(completeEvent) } : step
  const { op, result, ...recorded } = step
  return { uevents: [], qmp: [], set: {}, gone: [], ...recorded, op, result: { reading: result } }
}

const HEXADECIMAL = /^0x[0-9a-f]{1,12}$/

function checkWindow(window: unknown, place: string): void {
  const isWindow =
    Array.isArray(window) &&
    window.length === 2 &&
    window.every((edge) => typeof edge === 'string' && HEXADECIMAL.test(edge))
  if (!isWindow) refuse(place, 'must be two addresses in hexadecimal: ["0x100000000", …].')
}

function checkStep(step: unknown, place: string): void {
  if (!isRecord(step)) refuse(place, 'must be an object.')
  const { op } = step
  const fields =
    isRecord(op) && typeof op.op === 'string' && Object.hasOwn(OPERATION_FIELDS, op.op)
      ? OPERATION_FIELDS[op.op]
      : undefined
  if (!isRecord(op) || fields === undefined) {
    refuse(`${place}/op`, `is none of ${Object.keys(OPERATION_FIELDS).join(', ')}.`)
  }
  checkFields(op, fields, `${place}/op`)
  if (op.op === 'page-tables') checkWindow(op.window, `${place}/op/window`)
  checkResult(step.result, `${place}/result`)
  if (!isListOfTexts(step.uevents)) refuse(`${place}/uevents`, 'must be a list of texts.')
  checkQmp(step.qmp, `${place}/qmp`)
  if (step.dmesg !== undefined && !isListOfTexts(step.dmesg)) {
    refuse(`${place}/dmesg`, 'must be a list of texts.')
  }
  if (!isRecord(step.set) || !isListOfTexts(Object.values(step.set))) {
    refuse(`${place}/set`, 'must map paths to texts.')
  }
  for (const key of Object.keys(step.set)) checkKey(key, `${place}/set`)
  if (!isListOfTexts(step.gone)) refuse(`${place}/gone`, 'must be a list of paths.')
  else for (const key of step.gone) checkKey(key, `${place}/gone`)
}

/** Checks that everything is there and of the right type. @throws HotplugError BAD_TRACE */
export function checkShape(raw: Record<string, unknown>): Trace {
  checkFields(raw, { name: 'text', arch: 'text', kernel: 'text' }, '')
  const machine = completeMachine(raw.machine)
  checkMachine(machine)
  checkView(raw.boot)
  if (!Array.isArray(raw.steps)) return refuse('steps', 'must be a list.')
  const steps = raw.steps.map(completeStep)
  steps.forEach((step, i) => {
    checkStep(step, `steps/${i}`)
  })
  return { ...raw, machine, steps } as unknown as Trace
}
