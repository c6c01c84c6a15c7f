import { GENERATIONS, generationOfRelease } from '@memhp/core'
import { kernelChanges, seenReleases } from '@memhp/core/inspect'
import type { Command } from 'commander'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { renderTable } from '../output/table'

const JSON_VERSION = 1

interface KernelsFlags {
  readonly json?: true
  readonly rules?: true
  readonly options?: true
  readonly config?: string
}

const CELL = { seen: { yes: 'yes', no: 'no' }, assumed: { yes: '(yes)', no: '(no)' } }

/** Every change since 6.12, on the kernels that were looked at. */
function tellChanges(flags: KernelsFlags, { print, columns }: CliContext): void {
  const releases = seenReleases()
  const changes = kernelChanges(releases)
  const kernels = releases.map((release) => release.join('.'))
  if (flags.json) {
    print(`${JSON.stringify({ version: JSON_VERSION, kernels, changes }, null, 2)}\n`)
    return
  }
  const headings = [{ heading: 'CHANGE' }, ...kernels.map((heading) => ({ heading }))]
  const rows = changes.map(({ name, on }) => [
    name,
    ...on.map(({ isThere, isSeen }) => CELL[isSeen ? 'seen' : 'assumed'][isThere ? 'yes' : 'no']),
  ])
  print(renderTable(headings, rows, columns))
  const told = changes.map(({ name, what, arch }) => [name, arch ?? 'all', what])
  print('\n')
  print(
    renderTable(
      [{ heading: 'CHANGE' }, { heading: 'ARCH' }, { heading: 'WHICH IS', wraps: true }],
      told,
      columns,
    ),
  )
  print('\nIn brackets: not looked at on that kernel; as on the nearest one that was.\n')
}

/** Rules, and on which kernels a recording shows them. */
async function tellRules(flags: KernelsFlags, { print, columns }: CliContext): Promise<void> {
  const { RECORDED_KERNELS, RULE_EVIDENCE } = await import('@memhp/conformance')
  if (flags.json) {
    const document = { version: JSON_VERSION, kernels: RECORDED_KERNELS, seen: RULE_EVIDENCE }
    print(`${JSON.stringify(document, null, 2)}\n`)
    return
  }
  const rules = Object.entries(GENERATIONS[0]?.rules ?? {})
    .filter(([group]) => group !== 'mended')
    .flatMap(([group, keys]) => Object.keys(keys).map((key) => `${group}.${key}`))
  const rows = rules.map((rule) => [
    rule,
    ...RECORDED_KERNELS.map((kernel) => (RULE_EVIDENCE[rule]?.[kernel] ? 'seen' : 'spec')),
  ])
  const headings = [{ heading: 'RULE' }, ...RECORDED_KERNELS.map((heading) => ({ heading }))]
  print(renderTable(headings, rows, columns))
  print(
    '\nseen: with any other value the model differs from a recording of that kernel; spec: no\n',
  )
  print(
    'recording of it would notice. docs/kernels.md names the recordings, docs/generations.md the values.\n',
  )
}

/** Options of a kernel's configuration, and what they mean in one that is named. */
async function tellOptions(flags: KernelsFlags, { print, columns }: CliContext): Promise<void> {
  const { KERNEL_OPTIONS } = await import('../kernels/options')
  const found =
    flags.config === undefined
      ? undefined
      : await (await import('../kernels/config-file')).readKernelConfig(flags.config)
  const options = KERNEL_OPTIONS.map((each) => ({
    ...each,
    ...(found === undefined ? {} : { value: found.get(each.option) ?? null }),
  }))
  if (flags.json) {
    print(`${JSON.stringify({ version: JSON_VERSION, options }, null, 2)}\n`)
    return
  }
  const wraps = true as const
  if (found === undefined) {
    const rows = KERNEL_OPTIONS.map(({ option, kernels = 'all', decides, without }) => [
      option,
      kernels,
      decides,
      without,
    ])
    const headings = [
      { heading: 'CONFIG_…' },
      { heading: 'KERNELS' },
      { heading: 'WITH IT', wraps },
      { heading: 'WITHOUT IT', wraps },
    ]
    print(renderTable(headings, rows, columns))
    return
  }
  const isOn = (value: string): boolean => value === 'y' || value === 'm'
  const rows = KERNEL_OPTIONS.map(({ option, decides, without }) => {
    const value = found.get(option)
    if (value === undefined) return [option, '-', 'this kernel has no such option, or hides it']
    return [option, value, isOn(value) ? decides : without]
  })
  const headings = [{ heading: 'CONFIG_…' }, { heading: 'VALUE' }, { heading: 'SO', wraps }]
  print(renderTable(headings, rows, columns))
}

/** What is taken for a release, and what of that is assumed. */
function tellRelease(release: string, flags: KernelsFlags, context: CliContext): void {
  const found = generationOfRelease(release, GENERATIONS)
  if (found === undefined) {
    throw new CliError(`"${release}" is not a release of a kernel`, {
      remedy: 'give what uname -r prints: 6.12.117+deb13-amd64, or a version: 6.17.13',
    })
  }
  const { generation, match, assumed } = found
  const { name, source } = generation
  if (flags.json) {
    const document = { version: JSON_VERSION, release, generation: name, match, assumed }
    context.print(`${JSON.stringify(document, null, 2)}\n`)
    return
  }
  const how = match === 'same' ? 'is' : 'comes nearest to'
  context.print(`${release} ${how} ${name}: ${source}.\n`)
  if (assumed.length === 0) return
  context.print('Not looked at on kernels that would decide it:\n')
  const rows = assumed.map(({ name: change, arch, isThere, asOn }) => [
    change,
    arch ?? 'all',
    `${isThere ? 'yes' : 'no'}, as on ${asOn}`,
  ])
  const headings = [{ heading: 'CHANGE' }, { heading: 'ARCH' }, { heading: 'ASSUMED' }]
  context.print(renderTable(headings, rows, context.columns))
}

/** `memhp kernels`: what kernels since 6.12 changed, and what is taken for a release. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .argument('[release]', 'what is taken for it: 6.17.13, or what uname -r prints')
    .option('--rules', 'which rules recordings of which kernels show')
    .option(
      '--options',
      'which options of a configuration decide what, and what they are called when',
    )
    .option('--config <file>', 'the same of one configuration: /boot/config-…, /proc/config.gz')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Kernels that follow from these changes have the names of their series: --kernel v6.17 where a machine is built.
docs/generations.md has the rules of all that have a name, those of 2012 among them.

Exit codes: 0 success, 2 the release or the configuration is not one.

Examples:
  memhp kernels                     all changes
  memhp kernels 6.17.13             what is taken for this release
  memhp kernels --rules --json
  memhp kernels --options           names of configuration options
  memhp kernels --config /boot/config-6.12.117+deb13-amd64
`,
    )
    .action(async (release: string | undefined, flags: KernelsFlags) => {
      const asked = [release, flags.rules, flags.options ?? flags.config].filter(Boolean)
      if (asked.length > 1)
        throw new CliError('a release, --rules and --options ask different things: name one')
      if (flags.options || flags.config !== undefined) await tellOptions(flags, context())
      else if (flags.rules) await tellRules(flags, context())
      else if (release === undefined) tellChanges(flags, context())
      else tellRelease(release, flags, context())
    })
}
