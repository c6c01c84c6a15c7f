import {
  COUNTER_FILES,
  FIRMWARE_MAP_DIRECTORY,
  formatIomem,
  MEMORY_DIRECTORY,
  NODE_DIRECTORY,
  PAGE_FILES,
  PARAMETERS_DIRECTORY,
} from '@memhp/kernel-files'
import { mountAll, readOnly } from '../kobject/mount'
import { treeOf } from '../kobject/tree'
import { operate } from '../machine/operation'
import { subsystemOf } from '../machine/subsystem'
import type { Directory, TreeNode } from '../model/directory'
import type { LocalTree, TreeChange } from '../model/file-tree'
import type { Machine } from '../model/machine'
import type { Subsystems } from '../model/subsystem'
import { firmwareMapDirectory } from './firmware-map'
import { memoryBusDirectory, memoryDirectory } from './memory'
import { nodeRootDirectory } from './node'
import { parametersDirectory } from './parameters'

/** `/sys` and `/proc` of a machine, put together when they are first looked into. */
export function machineTree(machine: Machine): LocalTree {
  let root: Directory | undefined
  const mounted = (): Directory => {
    root ??= mountAll(withoutShadowed(mountsOf(machine)))
    return root
  }
  const atRoot: Directory = {
    kind: 'directory',
    names: () => mounted().names(),
    get: (name) => mounted().get(name),
  }
  const tree = treeOf(atRoot, (listener) => watch(machine, listener))
  const write = (path: string, text: string): void =>
    operate(machine, `write to ${path}`, () => tree.write(path, text))
  const lacking = lackingFiles(machine)
  const read = (path: string): string => {
    const part = lacking.get(path)
    if (part !== undefined) subsystemOf(machine, part, path, 'ENOENT')
    return tree.read(path)
  }
  return { ...tree, read, write }
}

/** Files of parts of the kernel that the machine is made without, and the parts. What of them was captured is not shown either: it counts other pages. */
function lackingFiles({ subsystems }: Machine): ReadonlyMap<string, keyof Subsystems> {
  const of = (part: keyof Subsystems, paths: readonly string[]) =>
    subsystems[part] === undefined ? paths.map((path) => [path, part] as const) : []
  return new Map([...of('memoryCounters', COUNTER_FILES), ...of('pageMonitor', PAGE_FILES)])
}

/** What is at which path. */
function mountsOf(machine: Machine): Readonly<Record<string, TreeNode>> {
  const { description, subsystems } = machine
  const { errorInjection } = subsystems
  const rereader = subsystems.rereading?.of(machine)
  const iomem = (): string => formatIomem(machine.state.memory.resources.children)
  const lacking = lackingFiles(machine)
  const fixed = Object.entries(description.files ?? {})
    .filter(([path]) => !lacking.has(path))
    .map(([path, text]) => [path, readOnly(() => text)] satisfies [string, TreeNode])
  const mounts: Record<string, TreeNode> = {
    ...Object.fromEntries(fixed),
    '/proc/cmdline': readOnly(() => `${description.cmdline ?? ''}\n`),
    '/proc/iomem': readOnly(rereader?.iomem(iomem) ?? iomem),
    ...subsystems.memoryCounters?.files(machine, rereader),
    ...subsystems.pageMonitor?.files(machine),
    ...subsystems.hugePages?.parameters(machine),
    [MEMORY_DIRECTORY]: memoryDirectory(machine, rereader),
    '/sys/bus/memory': memoryBusDirectory(machine, rereader),
    ...(errorInjection && {
      '/sys/kernel/debug/notifier-error-inject/memory': errorInjection.directory(machine),
    }),
  }
  if (machine.features.numa) mounts[NODE_DIRECTORY] = nodeRootDirectory(machine, rereader)
  if (machine.features.firmwareMap)
    mounts[FIRMWARE_MAP_DIRECTORY] = firmwareMapDirectory(machine, rereader)
  const parameters = parametersDirectory(machine)
  if (parameters.names().length > 0) mounts[PARAMETERS_DIRECTORY] = parameters
  for (const driver of machine.drivers) Object.assign(mounts, driver.directories?.(machine) ?? {})
  return mounts
}

/** Captured texts below a directory that the machine itself serves would show twice: the machine's win. */
function withoutShadowed(mounts: Readonly<Record<string, TreeNode>>): Record<string, TreeNode> {
  const served = Object.entries(mounts)
    .filter(([, node]) => node.kind === 'directory')
    .map(([path]) => `${path}/`)
  return Object.fromEntries(
    Object.entries(mounts).filter(
      ([path, node]) => node.kind === 'directory' || !served.some((root) => path.startsWith(root)),
    ),
  )
}

function watch(machine: Machine, listener: (change: TreeChange) => void): () => void {
  return machine.observe(
    (event) => {
      if (event.kind !== 'uevent') return
      const { action, devpath } = event.uevent
      listener({ action, path: `/sys${devpath}` })
    },
    { kinds: ['uevent'] },
  )
}
