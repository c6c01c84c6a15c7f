import { type Machine, type PhysRange, physAddr } from '@memhp/core'
import { readTopology, type Topology } from '@memhp/topology'
import type { CliContext } from '../../context'
import { CliError } from '../../errors'
import { jsonDocument } from '../../output/json'
import { renderFields, renderTable } from '../../output/table'
import { wrapText } from '../../output/wrap'
import { openMachine } from '../../source/machine'
import { formatAddress, formatSize } from '../../text/size'
import { findBlock } from './block'
import {
  flagMeanings,
  type MappedAddress,
  type MappedTo,
  type MappingRun,
  mappedAddresses,
  mappingRuns,
} from './mapping'
import { readOperands, type ShowFlags } from './operands'

/** What of the page tables is asked for. */
type Target =
  | { readonly kind: 'all' }
  | { readonly kind: 'block'; readonly name: string }
  | { readonly kind: 'address'; readonly address: bigint }

const ADDRESS = /^(?:0x[0-9a-f]{1,16}|\d{1,19})$/i

const isWord = (word: string): boolean => ADDRESS.test(word) || word.toLowerCase() === 'block'

function readTarget(names: readonly string[]): Target {
  const [first, second, third] = names
  if (first === undefined) return { kind: 'all' }
  const isBlock = first.toLowerCase() === 'block'
  if (isBlock && second !== undefined && /^\d+$/.test(second) && third === undefined) {
    return { kind: 'block', name: second }
  }
  if (ADDRESS.test(first) && second === undefined)
    return { kind: 'address', address: BigInt(first) }
  throw new CliError(`${names.join(' ')} is neither an address nor a block`, {
    remedy: 'memhp show page-table 0x100000000 FILE, or memhp show page-table block 32 FILE',
  })
}

function rangeOf(target: Target, topology: Topology): PhysRange {
  if (target.kind === 'block') return findBlock(topology, target.name)
  return { start: physAddr(0), end: topology.blocks.at(-1)?.end ?? physAddr(0) }
}

const hex = (address: bigint): string => `0x${address.toString(16).padStart(16, '0')}`

function renderRuns(runs: readonly MappingRun[]): string {
  return renderTable(
    [
      { heading: 'REGION' },
      { heading: 'VIRTUAL RANGE' },
      { heading: 'SIZE', align: 'right' },
      { heading: 'LEAF', align: 'right' },
      { heading: 'COUNT', align: 'right' },
      { heading: 'FLAGS' },
    ],
    runs.map(({ region, start, end, leafBytes, count, flags }) => [
      region,
      `${hex(start)}-${hex(end - 1n)}`,
      formatSize(Number(end - start)),
      formatSize(leafBytes),
      `${count}`,
      flags,
    ]),
  )
}

const leafLines = (found: MappedTo): readonly string[] =>
  'place' in found
    ? [`${found.region}, ${found.by} of ${formatSize(found.entryBytes)}`, found.place]
    : [
        `${found.region}, ${found.level} leaf of ${formatSize(found.leafBytes)}`,
        `flags ${found.flags}`,
      ]

const renderAddresses = (addresses: readonly MappedAddress[]): string =>
  renderFields(
    addresses.map(({ what, virtualAddress, translation }) => [
      what,
      translation === undefined
        ? `${hex(virtualAddress)} is not mapped`
        : [
            hex(virtualAddress),
            `physical ${formatAddress(translation.physicalAddress)}`,
            ...leafLines(translation),
          ].join('\n'),
    ]),
  )

/** Virtual addresses need more bits than a JSON number has: they are hexadecimal strings. */
const runJson = (run: MappingRun): object => ({ ...run, start: hex(run.start), end: hex(run.end) })

const addressJson = ({ what, virtualAddress, translation }: MappedAddress): object => ({
  what,
  virtualAddress: hex(virtualAddress),
  translation: translation ?? null,
})

/** An answer, for people and for programs. */
interface Answer {
  readonly text: string
  readonly json: object
}

function answerOf(target: Target, machine: Machine, topology: Topology): Answer {
  if (target.kind === 'address') {
    const addresses = mappedAddresses(machine, target.address)
    return { text: renderAddresses(addresses), json: { addresses: addresses.map(addressJson) } }
  }
  const runs = mappingRuns(machine, rangeOf(target, topology))
  return { text: renderRuns(runs), json: { runs: runs.map(runJson) } }
}

/** What the flags of this machine's entries mean; empty where no text of it has any. */
function legendOf(meanings: Readonly<Record<string, string>>, columns = WIDEST_LEGEND): string {
  const words = Object.entries(meanings).map(([flag, meaning]) => `${flag} ${meaning}`)
  if (words.length === 0) return ''
  const dash = Object.keys(meanings).some((flag) => flag.length === 1)
    ? '; a dash stands for each that is not set'
    : ''
  return `\n${wrapText(`Flags: ${words.join(', ')}${dash}.`, columns).join('\n')}\n`
}

const WIDEST_LEGEND = 120

/** Where the meaning of flags is told. */
export const PAGE_TABLE_HELP = `
Below the table stands what the flags of the machine's architecture mean; those of x86 are as QEMU's info tlb prints them.
`

/** `memhp show page-table [ADDRESS | block N]`. */
export async function showPageTable(
  words: readonly string[],
  flags: ShowFlags,
  context: CliContext,
): Promise<void> {
  const { choice, names } = readOperands(words, flags, isWord)
  const target = readTarget(names)
  const { machine, assumptions } = await openMachine(
    choice,
    flags.kernel === undefined ? {} : { kernel: flags.kernel },
  )
  for (const assumption of assumptions) context.warn(`Assumed: ${assumption}`)
  const topology = await readTopology(machine.tree)
  const { text, json } = answerOf(target, machine, topology)
  const meanings = flagMeanings(machine)
  if (flags.json) {
    const pageTable = { ...json, flags: meanings }
    context.print(jsonDocument(choice, topology, { pageTable }))
  } else context.print(/flags/i.test(text) ? text + legendOf(meanings, context.columns) : text)
}
