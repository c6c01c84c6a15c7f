import { request } from 'node:http'
import { HotplugError } from '@memhp/core'
import { recordShape, type Shape, shapeFault, wholeShape } from '@memhp/core/plugin'
import type { Plan } from '@memhp/planner'
import { CliError, EXIT, errorText } from '../errors'
import { formatSize } from '../text/size'
import { Lost } from './remote-machine'
import { type HypervisorDevice, type Resizer, Resizing, withResizing } from './resizing'
import type { Target } from './target'

/** Where the device is, of which a microVM has one. Source: docs/memory-hotplug.md of Firecracker 1.14. */
const PLACE = '/hotplug/memory'
const MIB = 2 ** 20
const ANSWER_MS = 10_000
/** Most characters of an answer. */
const LONGEST = 2 ** 16
/** Most MiB that a size may have, so that its bytes are a number. */
const MOST_MIB = 2 ** 32

/** What the API says of the device. Source: VirtioMemStatus, src/vmm/src/devices/virtio/mem/device.rs. */
interface Status {
  readonly block_size_mib: number
  readonly total_size_mib: number
  readonly slot_size_mib: number
  readonly plugged_size_mib: number
  readonly requested_size_mib: number
}

const statusShape = (): Shape<Status> => {
  const mib = wholeShape(0, MOST_MIB)
  return recordShape<Status>({
    block_size_mib: wholeShape(1, MOST_MIB),
    total_size_mib: mib,
    slot_size_mib: mib,
    plugged_size_mib: mib,
    requested_size_mib: mib,
  })
}

interface Answer {
  readonly status: number
  readonly text: string
}

/** One request over the socket. @throws Lost where no one answers */
function ask(socket: string, method: 'GET' | 'PATCH', body?: object): Promise<Answer> {
  const text = body === undefined ? '' : JSON.stringify(body)
  const headers = {
    Accept: 'application/json',
    ...(body === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
  }
  return new Promise((resolve, reject) => {
    const lost = (why: string): void =>
      reject(new Lost(`Firecracker at ${socket}: ${why}`, { exitCode: EXIT.noGuest }))
    const sent = request({ socketPath: socket, path: PLACE, method, headers, agent: false })
    sent.setTimeout(ANSWER_MS, () => sent.destroy(new Error('it does not answer')))
    sent.on('error', (error) => lost(error.message))
    sent.on('response', (response) => {
      let said = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        said += chunk
        if (said.length > LONGEST) sent.destroy(new Error('its answer is too long'))
      })
      response.on('error', (error) => lost(error.message))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: said }))
    })
    sent.end(text)
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What Firecracker says of a request that it refuses. */
function faultIn({ status, text }: Answer): string {
  const said = jsonOf(text)
  const message =
    typeof said === 'object' && said !== null && 'fault_message' in said
      ? String(said.fault_message)
      : text.trim()
  return message === '' ? `status ${status}` : message
}

const isGood = ({ status }: Answer): boolean => status >= 200 && status < 300

async function statusAt(socket: string): Promise<HypervisorDevice> {
  const answer = await ask(socket, 'GET')
  if (!isGood(answer))
    throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `Firecracker: ${faultIn(answer)}`)
  const said = jsonOf(answer.text)
  const fault = shapeFault(statusShape(), said)
  if (fault !== undefined)
    throw new HotplugError(
      'REQUEST_REFUSED',
      'EIO',
      `Firecracker: ${PLACE}: ${fault.keys.join('.')} ${fault.message}`,
    )
  const status = said as Status
  return {
    id: 'memory',
    sizeBytes: status.plugged_size_mib * MIB,
    requestedBytes: status.requested_size_mib * MIB,
    mostBytes: status.total_size_mib * MIB,
    blockBytes: status.block_size_mib * MIB,
  }
}

/** Has Firecracker change the size of the memory that it plugs. Its API does not say where that is: its whole size has to be the guest's. */
const firecrackerResizer = (socket: string): Resizer => ({
  name: `the Firecracker at ${socket}`,
  deviceAt: async ({ start, end }, name) => {
    const device = await statusAt(socket)
    if (device.mostBytes === end - start) return device
    throw new CliError(
      `the Firecracker at ${socket} may plug ${formatSize(device.mostBytes)}, and ${name} of the guest ${formatSize(end - start)}: this is another guest`,
      { exitCode: EXIT.refused, remedy: 'name the API socket of that guest' },
    )
  },
  look: () => statusAt(socket),
  ask: async (_, bytes) => {
    const answer = await ask(socket, 'PATCH', { requested_size_mib: bytes / MIB })
    if (!isGood(answer))
      throw new HotplugError('REQUEST_REFUSED', 'EBUSY', `Firecracker: ${faultIn(answer)}`)
  },
})

/** Has Firecracker give a guest that is reached otherwise more memory or less. @throws CliError where its API cannot be reached */
export async function withFirecracker<T extends Target>(inside: T, socket: string): Promise<T> {
  try {
    await statusAt(socket)
  } catch (error) {
    throw new CliError(errorText(error), {
      exitCode: EXIT.noGuest,
      remedy:
        'name the socket of --api-sock of a Firecracker of 1.14 or later, started with /hotplug/memory',
    })
  }
  const resizer = firecrackerResizer(socket)
  const resizing = new Resizing(resizer, inside)
  return {
    ...withResizing(inside, resizing),
    name: `${inside.name}, a guest of ${resizer.name}`,
    prepare: async (plan: Plan): Promise<Plan> => ({
      ...plan,
      steps: await Promise.all(
        plan.steps.map(async (step) => (step.kind === 'resize' ? resizing.prepared(step) : step)),
      ),
    }),
  }
}
