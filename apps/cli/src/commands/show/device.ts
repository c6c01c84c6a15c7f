import { formatNumberList } from '@memhp/kernel-files'
import {
  type DeviceInfo,
  type DeviceRun,
  deviceRuns,
  devicesCalled,
  nameOfRun,
  type Topology,
} from '@memhp/topology'
import type { CliContext } from '../../context'
import { CliError } from '../../errors'
import { renderRanges } from '../../output/block-table'
import { jsonDocument } from '../../output/json'
import { renderFields, renderTable } from '../../output/table'
import { UNKNOWN, yesNo } from '../../output/words'
import { readSource } from '../../source/machine-source'
import { formatRange, formatSize } from '../../text/size'
import { onlyName, readOperands, type ShowFlags } from './operands'

const sizeOf = ({ ranges }: Pick<DeviceInfo, 'ranges'>): number =>
  ranges.reduce((sum, { start, end }) => sum + end - start, 0)

/** What LMBs must share to be shown as one, besides indices that follow each other. */
const trait = ({ driver, present, ejectable, nodes }: DeviceInfo): string =>
  [driver, present, ejectable, nodes.join(',')].join(' ')

/** LMBs that follow each other and are alike as one. */
const runsOf = (devices: readonly DeviceInfo[]): readonly DeviceRun[] => deviceRuns(devices, trait)

/** `LMB 4 to LMB 7` */
function pathOf(run: DeviceRun): string {
  const [first, last] = [run[0].path, run.at(-1)?.path ?? null]
  if (first === null || last === null) return UNKNOWN
  return first === last ? first : `${first} to ${last}`
}

/** A table of devices, one a line; LMBs that are alike share one. */
function renderDevices(devices: readonly DeviceInfo[], { columns }: CliContext): string {
  return renderTable(
    [
      { heading: 'DEVICE' },
      { heading: 'PRESENT' },
      { heading: 'EJECTABLE' },
      { heading: 'SIZE', align: 'right' },
      { heading: 'NODE' },
      { heading: 'BLOCKS' },
      { heading: 'PATH', wraps: true },
    ],
    runsOf(devices).map((run) => {
      const [device] = run
      return [
        nameOfRun({ first: device.name, last: run.at(-1)?.name ?? null }) ?? UNKNOWN,
        yesNo(device.present),
        yesNo(device.ejectable),
        formatSize(run.reduce((sum, each) => sum + sizeOf(each), 0)),
        formatNumberList(device.nodes) || UNKNOWN,
        formatNumberList(run.flatMap(({ blocks }) => blocks)) || 'none',
        pathOf(run),
      ]
    }),
    columns,
  )
}

function firmwareFields({ drcIndex, status }: DeviceInfo): [string, string][] {
  if (drcIndex !== null) return [['DRC index', `0x${drcIndex.toString(16)}`]]
  return [['Status', status === null ? UNKNOWN : `${status}`]]
}

function renderDevice(device: DeviceInfo, topology: Topology, context: CliContext): string {
  const blocks = topology.blocks.filter(({ id }) => device.blocks.includes(id))
  const fields = renderFields([
    ['Device', device.name],
    ['Driver', device.driver],
    ['Path', device.path ?? UNKNOWN],
    ...firmwareFields(device),
    ['Present', yesNo(device.present)],
    ['Ejectable', yesNo(device.ejectable)],
    ['Size', formatSize(sizeOf(device))],
    ['Ranges', device.ranges.map(formatRange).join('\n') || 'none'],
  ])
  return blocks.length === 0 ? fields : `${fields}\n${renderRanges(blocks, context.paint)}`
}

function findDevice({ devices }: Topology, word: string): DeviceInfo {
  const [device, second] = devicesCalled(devices, word)
  if (device !== undefined && second === undefined) return device
  if (device !== undefined) {
    throw new CliError(`${word} are several devices`, {
      remedy: `memhp show device ${device.name}`,
    })
  }
  const filled = devices.filter(({ present }) => present)
  const names = runsOf(filled.length === 0 ? devices : filled).map((run) =>
    nameOfRun({ first: run[0].name, last: run.at(-1)?.name ?? null }),
  )
  throw new CliError(`there is no memory device ${word}`, {
    remedy: names.length === 0 ? 'the machine has none' : `one of ${names.join(', ')}`,
  })
}

/** What a device may be called: an ACPI name, or an LMB's name or DRC index, or a range of them. */
const DEVICE_WORD = /^(?:[A-Z]{3,4}\w{4}:\w+|(?:lmb@|0x)[0-9a-f]+(?:-(?:0x)?[0-9a-f]+)?|LMB \d+)$/i

/** `memhp show device [NAME]`. */
export async function showDevice(
  words: readonly string[],
  flags: ShowFlags,
  context: CliContext,
): Promise<void> {
  const request = readOperands(words, flags, (word) => DEVICE_WORD.test(word))
  const name = onlyName(request)
  const topology = await readSource(request.choice)
  if (name === undefined) {
    const { devices } = topology
    if (flags.json) context.print(jsonDocument(request.choice, topology, { devices }))
    else if (devices.length === 0)
      context.warn('The machine has no memory devices: neither ACPI devices nor LMBs.')
    else context.print(renderDevices(devices, context))
    return
  }
  const device = findDevice(topology, name)
  context.print(
    flags.json
      ? jsonDocument(request.choice, topology, { device })
      : renderDevice(device, topology, context),
  )
}
