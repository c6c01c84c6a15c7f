import { readTopology } from '@memhp/topology'
import type { Command } from 'commander'
import { addRemoteOptions, type RemoteFlags } from '../apply/open-target'
import { readMachine } from '../apply/study-machine'
import type { CliContext } from '../context'
import { diagnosePolicy, type PolicyDiagnosis } from '../doctor/diagnose'
import { onlineRulesIn, readRuleFiles } from '../doctor/udev'
import { programRulesOf } from '../doctor/udev-programs'
import { costText, type UeventCost, ueventCost } from '../doctor/uevent-cost'
import { CliError, EXIT } from '../errors'
import { jsonDocument } from '../output/json'
import {
  bullet,
  labelled,
  type PageStyle,
  pageStyle,
  section,
  sectionTable,
} from '../report/page-style'
import {
  addSourceOptions,
  CAPTURE_ARGUMENT,
  chooseSource,
  type SourceChoice,
  type SourceFlags,
} from '../source/choice'

interface DoctorFlags extends SourceFlags, RemoteFlags {
  readonly json?: true
}

function render(
  { actors, winner, zone, advice }: PolicyDiagnosis,
  cost: UeventCost,
  style: PageStyle,
): string {
  const columns = [
    { heading: 'WHO' },
    { heading: 'SAYS', wraps: true as const },
    { heading: 'EFFECT', wraps: true as const },
  ]
  const rows = actors.map(({ name, says, effect }) => [name, says, effect])
  const told = [winner, ...(zone === null ? [] : [zone])]
  const body = advice.map(({ message, remedy }) =>
    [bullet(undefined, message, style), labelled('  try', remedy, style)].join(''),
  )
  return [
    section('Who brings memory online', sectionTable(columns, rows, style), style),
    section(
      'Who wins',
      told.map((text, at) => labelled(at === 0 ? 'now' : '', text, style)).join(''),
      style,
    ),
    section(
      'What a uevent costs',
      costText(cost)
        .map((text) => bullet(undefined, text, style))
        .join(''),
      style,
    ),
    section('What to change', body.join(''), style),
  ].join('')
}

async function doctor(
  choice: SourceChoice,
  flags: DoctorFlags,
  context: CliContext,
): Promise<void> {
  const { topology, rules, cost, source } = await readMachine(
    choice,
    flags,
    context,
    async ({ tree, known, now }, from) => {
      const topology = await readTopology(tree, { ...known, removable: 'left out' })
      const files = await readRuleFiles(now ?? tree)
      const programs = files === undefined ? undefined : programRulesOf(files)
      return {
        topology,
        rules: files === undefined ? undefined : onlineRulesIn(files),
        cost: await ueventCost(now ?? tree, topology.blocks.length, programs),
        source: from,
      }
    },
  )
  const diagnosis = diagnosePolicy(topology, rules)
  const style = pageStyle(context.paint, context.columns)
  context.print(
    flags.json
      ? jsonDocument(source, topology, { diagnosis, ueventCost: cost })
      : render(diagnosis, cost, style),
  )
  const { length } = diagnosis.advice
  if (length === 0) return
  const what = length === 1 ? '1 thing is' : `${length} things are`
  throw new CliError(`${what} to be changed`, { exitCode: EXIT.refused })
}

const HELP = `
Only reads: the kernel's command line, auto_online_blocks, online_policy and its ratio, and the rules of udev, which captures do
not keep; of these also which programs they start for each block, and how many at boot. Rules that do not name memory are not
counted.

Exit codes: 0 nothing is to be changed, 1 something is, 2 a flag or the file is wrong.

Examples:
  memhp doctor                     this host
  memhp doctor host.json.gz        a captured one
  memhp doctor --sysroot ./copy    a copied /sys, /proc and /etc
  memhp doctor --ssh root@guest    a machine that ssh reaches; --agent, --libvirt: a guest
`

/** `memhp doctor`. */
export function configure(command: Command, context: () => CliContext): void {
  addRemoteOptions(
    addSourceOptions(
      command.argument('[capture]', CAPTURE_ARGUMENT).option('--json', 'print JSON'),
    ),
  )
    .addHelpText('after', HELP)
    .action(async (capture: string | undefined, flags: DoctorFlags) => {
      await doctor(chooseSource(capture, flags), flags, context())
    })
}
