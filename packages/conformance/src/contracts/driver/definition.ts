import { driverOf, invariant, type Machine, refusalOf } from '@memhp/core'
import { type Directory, type DriverDefinition, defineDriver } from '@memhp/core/plugin'
import { shorten } from '../../differences'
import { type Contract, demandRefused, demandSame } from '../contract'
import { demandPlain, freezeDeep } from '../plain-data'
import { type DriverBench, plug } from './driver-bench'

/** What holds of a plugin before any device comes. */
export const definitionContracts = <Layout>(
  plugin: DriverDefinition<Layout>,
  bench: DriverBench,
): readonly Contract[] => [
  {
    name: 'is a driver of contract 1, and whole',
    run() {
      const defined = defineDriver(plugin)
      defined.create(defined.parseConfig(bench.options.config))
    },
  },
  {
    name: 'refuses a configuration that is wrong, and says where',
    run: () => checkConfigs(plugin, bench),
  },
  {
    name: 'reads a configuration without changing it, the same each time',
    run() {
      const given = freezeDeep(JSON.parse(JSON.stringify(bench.options.config)) as unknown)
      const [first, second] = [plugin.parseConfig(given), plugin.parseConfig(given)]
      demandSame('It is read differently the second time:', { before: first, after: second })
      demandPlain(plugin.initialState(first), 'initialState')
    },
  },
  {
    name: 'has files that can be read or that refuse it, with a device and without',
    run() {
      const machine = bench.boot()
      checkFiles(machine)
      if (driverOf(machine).platform === null) return
      plug(machine, { id: 'a', sizeBytes: 2 * machine.geometry.blockBytes, node: 1 })
      checkFiles(machine)
    },
  },
]

function checkConfigs<Layout>(plugin: DriverDefinition<Layout>, bench: DriverBench): void {
  const place = `drivers.${plugin.name}`
  const bad = [
    ...[null, 7, 'slots', true, []].map((config) => ({ config, place: '' })),
    { config: { 'no-such-key': 1 }, place: '.no-such-key' },
    ...(bench.options.badConfigs ?? []),
  ]
  for (const each of bad) {
    const what = `${place} = ${shorten(each.config)}`
    const refusal = demandRefused(what, () => plugin.parseConfig(each.config), {
      codes: ['BAD_DESCRIPTION'],
      errno: 'EINVAL',
    })
    const begins = refusal.message.startsWith(`${place}${each.place}`)
    invariant(
      begins,
      `${what}: the message must begin with the place, "${place}${each.place}". It is: ${refusal.message}`,
    )
  }
}

/** Reads every file that the driver adds, and follows every link. */
function checkFiles(machine: Machine): void {
  const added = driverOf(machine).directories?.(machine) ?? {}
  for (const [path, node] of Object.entries(added)) {
    if (node.kind === 'directory') checkDirectory(machine, path, node)
    else checkEntry(machine, path)
  }
}

function checkDirectory(machine: Machine, path: string, directory: Directory): void {
  for (const name of directory.names()) {
    const node = directory.get(name)
    invariant(node !== undefined, `${path} lists ${name}, and has no such entry.`)
    if (node.kind === 'directory') checkDirectory(machine, `${path}/${name}`, node)
    else checkEntry(machine, `${path}/${name}`)
  }
}

function checkEntry(machine: Machine, path: string): void {
  const entry = machine.tree.lookup(path)
  invariant(entry !== undefined, `${path} is not in the tree.`)
  if (entry.kind === 'link') {
    invariant(machine.tree.readlink(path) !== '', `${path} leads nowhere.`)
    return
  }
  const canRead = (entry.mode & 0o444) > 0
  const refusal = refusalOf(() => machine.tree.read(path))
  invariant(canRead || refusal !== undefined, `${path} can be read, and its mode says no.`)
}
