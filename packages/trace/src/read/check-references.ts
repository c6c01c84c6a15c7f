import { BLOCK_SIZE_FILE } from '@memhp/kernel-files'
import { FILL_POLICIES, type OperationOf } from '../operation'
import type { Trace, TraceStep } from '../trace'
import { checkInjection } from './check-injection'
import { refuse } from './refuse'

const BLOCK =
  /^\/sys\/(?:devices\/system\/(?:memory|node\/node\d+)|firmware\/memory)\/memory(\d+)(?=\/|$)/
const BLOCK_UEVENT = /^\S+ \/devices\/system\/memory\/memory(\d+) /
/** What may come and go, and has files that are written to. */
const OWNER = /^\/sys\/(?:devices\/system\/memory\/memory\d+|bus\/acpi\/devices\/PNP0C80:\w+)(?=\/)/
/** Files of the flat view by which an owner is known to be there. */
const OWNER_FILES = ['state', 'status', 'path']

const PROBE = '/sys/devices/system/memory/probe'

/** The block that a write to `probe` has added, as the kernel reads numbers: hexadecimal, octal or decimal. */
function probedBlock({ op, result }: TraceStep, blockBytes: number): number[] {
  if (op.op !== 'write' || op.path !== PROBE || result.errno !== null) return []
  const text = op.value.trim()
  return [Math.floor(Number(/^0\d/.test(text) ? `0o${text.slice(1)}` : text) / blockBytes)]
}

/** Which blocks a run can have had: of the boot, in the memory of any device that it ever had, and those probed. */
function possibleBlocks({ boot, steps }: Trace): (id: number) => boolean {
  const blockBytes = Number.parseInt(boot[BLOCK_SIZE_FILE] ?? '', 16)
  const known = new Set([
    ...Object.keys(boot).map((key) => Number(BLOCK.exec(key)?.[1])),
    ...steps.flatMap((step) => probedBlock(step, blockBytes)),
  ])
  /** Most bytes of a device by the address that it began at. */
  const devices = new Map<number, number>()
  const add = (start: number, bytes: number): void =>
    void devices.set(start, Math.max(bytes, devices.get(start) ?? 0))
  for (const { result } of steps) {
    for (const [, start, bytes] of result.devices ?? []) add(start, bytes)
    for (const [, start, , , bytes] of result.virtio ?? []) add(start, bytes)
  }
  return (id) =>
    known.has(id) ||
    [...devices].some(
      ([start, bytes]) => start < (id + 1) * blockBytes && id * blockBytes < start + bytes,
    )
}

/** Follows a run, and refuses steps that name what was not there: no kernel can have been recorded so. */
class ReferenceCheck {
  readonly #trace: Trace
  readonly #isPossible: (id: number) => boolean
  /** Keys of the flat view after the step before. */
  readonly #keys: Set<string>
  readonly #files = new Set<string>()
  readonly #devices = new Set<string>()

  constructor(trace: Trace) {
    this.#trace = trace
    this.#isPossible = possibleBlocks(trace)
    this.#keys = new Set(Object.keys(trace.boot))
    for (const { id } of trace.machine.virtio ?? []) this.#devices.add(id)
  }

  step(step: TraceStep, place: string): void {
    for (const [id] of [...(step.result.devices ?? []), ...(step.result.virtio ?? [])])
      this.#devices.add(id)
    for (const { data } of step.qmp)
      if (typeof data.device === 'string') this.#devices.add(data.device)
    this.#operation(step, `${place}/op`)
    step.uevents.forEach((uevent, i) => {
      this.#block(BLOCK_UEVENT.exec(uevent)?.[1], `${place}/uevents/${i}`)
    })
    for (const key of Object.keys(step.set)) {
      this.#block(BLOCK.exec(key)?.[1], `${place}/set/${key}`)
      this.#keys.add(key)
    }
    step.gone.forEach((key, i) => {
      if (!this.#keys.delete(key)) refuse(`${place}/gone/${i}`, `${key} was not there before.`)
    })
  }

  #block(digits: string | undefined, place: string): void {
    if (digits === undefined || this.#isPossible(Number(digits))) return
    refuse(
      place,
      `memory${digits} is neither memory of the boot nor of a device that was ever plugged.`,
    )
  }

  #operation({ op, result }: TraceStep, place: string): void {
    switch (op.op) {
      case 'plug':
        if (result.error === undefined) this.#plug(op, place)
        break
      case 'unplug':
        if (result.error === undefined && !this.#devices.has(op.id)) {
          refuse(`${place}/id`, `no device ${op.id} was there, yet unplugging it was not an error.`)
        }
        break
      case 'request':
        if (result.error === undefined && !this.#devices.has(op.id))
          refuse(`${place}/id`, `no device ${op.id} was there, yet resizing it was not an error.`)
        break
      case 'plugv':
        if (result.error !== undefined) break
        this.#devices.add(op.id)
        this.#node(op.node, place)
        break
      case 'write':
        this.#write(op, result.errno, place)
        break
      case 'fill':
        this.#fill(op, result.ok, place)
        break
      case 'drop':
        if (!this.#files.delete(op.file))
          refuse(`${place}/file`, `no step before fills ${op.file}.`)
        break
      case 'inject':
        checkInjection(op, place)
        break
      case 'sclp_fail':
        op.blocks.forEach((id, i) => {
          this.#block(String(id), `${place}/blocks/${i}`)
        })
        break
      // Questions name nothing of the trace.
      case 'look':
      case 'shell':
      case 'page-tables':
      case 'page-cgroup-tables':
      case 'pgdat-read':
    }
  }

  #plug(op: OperationOf<'plug'>, place: string): void {
    this.#devices.add(op.id)
    this.#size(op.mib, place)
    this.#node(op.node, place)
  }

  #fill(op: OperationOf<'fill'>, isFilled: boolean | undefined, place: string): void {
    if (this.#files.has(op.file)) refuse(`${place}/file`, `a step before fills ${op.file} already.`)
    this.#files.add(op.file)
    if (isFilled) this.#size(op.mib, place)
    if (!FILL_POLICIES.includes(op.policy)) {
      refuse(`${place}/policy`, `is none of ${FILL_POLICIES.join(', ')}.`)
    }
    this.#node(op.node, place)
  }

  #size(mib: number, place: string): void {
    const { max_mib: most } = this.#trace.machine
    if (mib > most)
      refuse(`${place}/mib`, `${mib} MiB are more than the machine’s max_mib, ${most}.`)
  }

  #node(node: number, place: string): void {
    const { length } = this.#trace.machine.nodes_mib
    if (node < length) return
    refuse(`${place}/node`, `there is no node ${node}: machine/nodes_mib lists ${length}.`)
  }

  #write({ path }: OperationOf<'write'>, errno: string | null | undefined, place: string): void {
    const owner = OWNER.exec(path)?.[0]
    if (owner === undefined || errno === 'ENOENT') return
    if (OWNER_FILES.some((file) => this.#keys.has(`${owner}/${file}`))) return
    refuse(
      `${place}/path`,
      `${owner} is not there at this step: a kernel answers ENOENT, not ${errno ?? 'success'}.`,
    )
  }
}

/** Checks that steps name only what was present. @throws HotplugError BAD_TRACE */
export function checkReferences(trace: Trace): void {
  const check = new ReferenceCheck(trace)
  trace.steps.forEach((step, i) => {
    check.step(step, `steps/${i}`)
  })
}
