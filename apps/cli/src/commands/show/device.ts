import type { DeviceInfo, Topology } from '@memhp/topology'
import type { CliContext } from '../../context'
import { CliError } from '../../errors'
import { renderRanges } from '../../output/block-table'
import { jsonDocument } from '../../output/json'
import { renderFields, renderTable } from '../../output/table'
import { UNKNOWN, yesNo } from '../../output/words'
import { readSource } from '../../source/machine-source'
import { formatNumbers } from '../../text/number-list'
import { formatRange, formatSize } from '../../text/size'
import { onlyName, readOperands, type ShowFlags } from './operands'

const sizeOf = ({ ranges }: DeviceInfo): number =>
  ranges.reduce((sum, { start, end }) => sum + end - start, 0)

/** A table of devices, one a line. */
function renderDevices(devices: readonly DeviceInfo[]): string {
  return renderTable(
    [
      { heading: 'DEVICE' },
      { heading: 'PRESENT' },
      { heading: 'EJECTABLE' },
      { heading: 'SIZE', align: 'right' },
      { heading: 'NODE' },
      { heading: 'BLOCKS' },
      { heading: 'PATH' },
    ],
    devices.map((device) => [
      device.name,
      yesNo(device.present),
      yesNo(device.ejectable),
      formatSize(sizeOf(device)),
      formatNumbers(device.nodes) || UNKNOWN,
      formatNumbers(device.blocks) || 'none',
      device.path ?? UNKNOWN,
    ]),
  )
}

function renderDevice(device: DeviceInfo, topology: Topology, context: CliContext): string {
  const blocks = topology.blocks.filter(({ id }) => device.blocks.includes(id))
  const fields = renderFields([
    ['Device', device.name],
    ['Driver', device.driver],
    ['Path', device.path ?? UNKNOWN],
    ['Status', device.status === null ? UNKNOWN : `${device.status}`],
    ['Present', yesNo(device.present)],
    ['Ejectable', yesNo(device.ejectable)],
    ['Size', formatSize(sizeOf(device))],
    ['Ranges', device.ranges.map(formatRange).join('\n') || 'none'],
  ])
  return blocks.length === 0 ? fields : `${fields}\n${renderRanges(blocks, context.paint)}`
}

function findDevice({ devices }: Topology, name: string): DeviceInfo {
  const device = devices.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase())
  if (device !== undefined) return device
  const names = devices.map((candidate) => candidate.name).join(', ')
  throw new CliError(`there is no memory device ${name}`, {
    remedy: names === '' ? 'the machine has none' : `one of ${names}`,
  })
}

/** `memhp show device [NAME]`. */
export async function showDevice(
  words: readonly string[],
  flags: ShowFlags,
  context: CliContext,
): Promise<void> {
  const request = readOperands(words, flags, (word) => /^[A-Z]{3,4}\w{4}:\w+$/i.test(word))
  const name = onlyName(request)
  const topology = await readSource(request.choice)
  if (name === undefined) {
    const { devices } = topology
    if (flags.json) context.print(jsonDocument(request.choice, topology, { devices }))
    else if (devices.length === 0) context.warn('The machine has no ACPI memory devices.')
    else context.print(renderDevices(devices))
    return
  }
  const device = findDevice(topology, name)
  context.print(
    flags.json
      ? jsonDocument(request.choice, topology, { device })
      : renderDevice(device, topology, context),
  )
}
