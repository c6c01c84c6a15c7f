import { Argument, type Command } from 'commander'
import type { CliContext } from '../../context'
import { addSourceOptions } from '../../source/choice'
import { GENERATION_HELP } from '../../source/machine'
import { showBlock } from './block'
import { showDevice } from './device'
import { showNode } from './node'
import type { ShowFlags } from './operands'
import { PAGE_TABLE_HELP, showPageTable } from './page-table'
import { showZone } from './zone'

/** One kind of thing that can be shown. */
interface Shower {
  readonly name: string
  readonly summary: string
  /** Its words in the usage line, and what they are. */
  readonly usage: string
  readonly operand: string
  /** Its answer comes from a machine, which may be of another generation than the host. */
  readonly asksMachine?: true
  /** Below the options. */
  readonly help?: string
  readonly show: (words: readonly string[], flags: ShowFlags, context: CliContext) => Promise<void>
}

const SHOWERS: readonly Shower[] = [
  {
    name: 'block',
    usage: 'N',
    summary: 'a memory block, its pages and what lies in it',
    operand: 'block number',
    show: showBlock,
  },
  {
    name: 'node',
    usage: '[N]',
    summary: 'a NUMA node, its zones and blocks; without a number all nodes',
    operand: 'node number',
    show: showNode,
  },
  {
    name: 'device',
    usage: '[NAME]',
    summary: 'a memory device and its blocks; without a name all devices',
    operand: 'device name, as in PNP0C80:01, or DRC index, as in 0x80000004',
    show: showDevice,
  },
  {
    name: 'zone',
    usage: '[NODE[/ZONE]]',
    summary: 'the zones of a node, or one as 0/Normal; without either all zones that have pages',
    operand: 'node number or node/zone',
    show: showZone,
  },
  {
    name: 'page-table',
    usage: '[ADDRESS | block N]',
    summary: 'how the kernel maps memory: at an address, in a block, or all',
    operand: 'address as in 0x100000000, or: block N',
    help: PAGE_TABLE_HELP,
    asksMachine: true,
    show: showPageTable,
  },
]

const HELP = `
Examples:
  memhp show block 32
  memhp show node 2 host.json.gz
  memhp show device PNP0C80:00 --sysroot ./copy
  memhp show zone 0/Normal --json
  memhp show page-table block 32 --capture host.json.gz
`

/** `memhp show`. */
export function configure(command: Command, context: () => CliContext): void {
  command.addHelpText('after', HELP)
  for (const { name, summary, usage, operand, help = '', show, asksMachine } of SHOWERS) {
    const words = new Argument('[what...]', `${operand}; a capture file may follow`)
    const shower = command
      .command(name)
      .summary(summary)
      .description(`Show ${summary}.`)
      .usage(`[options] ${usage} [CAPTURE]`)
      .addArgument(words)
      .option('--json', 'print JSON')
      .addHelpText('after', help)
      .showHelpAfterError(`Try: memhp show ${name} --help`)
    if (asksMachine) shower.option('--kernel <name>', GENERATION_HELP)
    addSourceOptions(shower).action(async (given: readonly string[], flags: ShowFlags) => {
      await show(given, flags, context())
    })
  }
}
