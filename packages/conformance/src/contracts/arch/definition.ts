import { DEFAULT_GENERATION, GENERATIONS, generationOf, invariant, settle } from '@memhp/core'
import { type ArchDefinition, defineArch } from '@memhp/core/plugin'
import {
  FIRMWARE_MAP_DIRECTORY,
  formatMeminfoLine,
  MEMORY_DIRECTORY,
  parameterFile,
  parseMeminfo,
} from '@memhp/kernel-files'
import { shorten } from '../../differences'
import { type Contract, demandRefused, demandSame } from '../contract'
import { countPieces, demandPlain, freezeDeep } from '../plain-data'
import { type ArchBench, addBlocks } from './arch-bench'

/** What holds of a plugin before any memory comes or goes. */
export const definitionContracts = <Options>(
  plugin: ArchDefinition<Options>,
  bench: ArchBench,
): readonly Contract[] => [
  {
    name: 'is an arch of contract 1, whole, whose numbers fit together',
    run() {
      const { archOptions = {} } = bench.options
      const defined = defineArch(plugin)
      const description = bench.describe()
      const kernel = generationOf(description.kernel ?? DEFAULT_GENERATION, GENERATIONS)
      defined.create(defined.parseOptions(archOptions), description, kernel)
    },
  },
  {
    name: 'refuses options that it does not know, and wrong ones, and says which',
    run: () => checkOptions(plugin, bench.options.badOptions ?? {}),
  },
  {
    name: 'fills in options without changing what it is given, the same each time',
    run() {
      const given = freezeDeep({ ...bench.options.archOptions })
      const [first, second] = [plugin.parseOptions(given), plugin.parseOptions(given)]
      demandSame('Options are read differently the second time:', {
        before: first,
        after: second,
      })
      demandPlain(first, 'options')
    },
  },
  {
    name: 'boots without changing the description',
    run() {
      demandSame('The description is another one after boot:', {
        before: bench.describe(),
        after: bench.boot().description,
      })
    },
  },
  {
    name: 'writes down no more at boot for eight times the memory',
    run: () => checkBootCost(bench),
  },
  {
    name: 'has the files of its features, and no others',
    run: () => checkFiles(bench),
  },
]

function checkOptions<Options>(
  plugin: ArchDefinition<Options>,
  bad: Readonly<Record<string, readonly unknown[]>>,
): void {
  const given = { 'no-such-option': [true], ...bad }
  for (const [name, values] of Object.entries(given)) {
    for (const value of values) {
      const what = `archOptions.${name} = ${shorten(value)}`
      const refusal = demandRefused(what, () => plugin.parseOptions({ [name]: value }), {
        codes: ['BAD_DESCRIPTION'],
        errno: 'EINVAL',
      })
      invariant(
        refusal.message.startsWith(`archOptions.${name}:`),
        `${what}: the message must begin with the place, "archOptions.${name}:". It is: ${refusal.message}`,
      )
    }
  }
}

function checkBootCost(bench: ArchBench): void {
  const small = bench.boot()
  const reach = small.arch.mappable.end
  const first = Math.min(...small.description.ram.map(({ start }) => start))
  const ram = small.description.ram.map(({ start, end, node }) => ({
    start: first + (start - first) * 8,
    end: Math.min(first + (end - first) * 8, reach),
    node,
  }))
  const large = bench.boot({ ram })
  const pieces = { small: countPieces(small.state), large: countPieces(large.state) }
  invariant(
    pieces.large < 2 * pieces.small,
    `Boot wrote down ${pieces.small} numbers and words, and ${pieces.large} for eight times the memory.`,
  )
}

function checkFiles(bench: ArchBench): void {
  const machine = bench.boot()
  const { features } = machine
  const files = [
    [FIRMWARE_MAP_DIRECTORY, features.firmwareMap],
    [`${MEMORY_DIRECTORY}/probe`, features.probe],
    [parameterFile('memmap_on_memory'), features.memmapOnMemory],
  ] as const
  for (const [path, wanted] of files) {
    const found = machine.tree.lookup(path) !== undefined
    invariant(found === wanted, `${path} ${wanted ? 'is missing' : 'is there'}.`)
  }
  for (const window of bench.windows().slice(0, 1)) addBlocks(machine, window)
  settle(machine)
  const lines = machine.arch.meminfo?.(machine) ?? []
  const text = machine.tree.read('/proc/meminfo')
  for (const line of lines) {
    const [counter] = parseMeminfo(line)
    const isWritten = counter !== undefined && formatMeminfoLine(counter) === line
    invariant(isWritten, `"${line}" is not a line of /proc/meminfo.`)
    invariant(text.includes(`${line}\n`), `/proc/meminfo lacks "${line}".`)
  }
}
