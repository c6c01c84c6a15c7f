import type { MachineDescription, NodeDescription, RamDescription } from '@memhp/core'
import type { AcpiForm, MachineForm, MemoryForm } from '../schema/machine'
import { pcLayout } from './pc-layout'

const DEFAULT_ARCH = 'x86_64'
/** Architectures whose machines are PCs unless they say otherwise: with the holes of a PC, and ACPI. */
const PCS: readonly string[] = [DEFAULT_ARCH, 'x86_32']

/**
 * The description of a machine that a scenario writes in its comfortable form.
 * @returns what is wrong with it instead, where parts contradict each other
 */
export function describeMachine(
  form: MachineForm,
): { readonly description: MachineDescription } | { readonly fault: string } {
  const { memory } = form
  if (memory === undefined) return { fault: 'give "memory", as in memory: 2G, or "capture"' }
  const entries = typeof memory === 'number' ? [{ node: 0, size: memory }] : memory
  const fault = faultOf(form, entries)
  if (fault !== undefined) return { fault }
  const nodes = nodesOf(form, entries)
  const possible = form['possible-nodes']
  const options = form['arch-options']
  const blockSizeBytes = form['block-size']
  const drivers = driversOf(form)
  return {
    description: {
      arch: form.arch ?? DEFAULT_ARCH,
      ...(options === undefined ? {} : { archOptions: options }),
      ...(form.kernel === undefined ? {} : { kernel: form.kernel }),
      ...(form.config === undefined ? {} : { config: form.config }),
      ...(form.defects === undefined ? {} : { defects: form.defects }),
      ...(form.cmdline === undefined ? {} : { cmdline: form.cmdline }),
      nodes,
      ...bootMemory(form, entries),
      ...(possible === undefined ? {} : { possibleNodes: withNodes(possible, nodes) }),
      ...(blockSizeBytes === undefined ? {} : { blockSizeBytes }),
      ...(Object.keys(drivers).length === 0 ? {} : { drivers }),
      ...(form.files === undefined ? {} : { files: form.files }),
      ...(form.seed === undefined ? {} : { seed: form.seed }),
    },
  }
}

function faultOf(form: MachineForm, entries: readonly MemoryForm[]): string | undefined {
  const placed = entries.filter(({ start }) => start !== undefined).length
  if (placed !== 0 && placed !== entries.filter(({ size }) => size > 0).length) {
    return 'memory: give every entry a "start", or none'
  }
  if (placed !== 0 && form.layout !== undefined)
    return '"layout" places memory, and so does "start"'
  if (form.cpus !== undefined && entries.some(({ cpus }) => cpus !== undefined)) {
    return '"cpus" is given for the machine and for a node; leave one out'
  }
  if (form.acpi !== undefined && form.drivers?.acpi !== undefined) {
    return '"acpi" and "drivers" both configure ACPI; leave one out'
  }
  return undefined
}

/** Each node once, in the order of the entries. The first has the CPUs where no entry says otherwise. */
function nodesOf(form: MachineForm, entries: readonly MemoryForm[]): readonly NodeDescription[] {
  const nodes = new Map<number, NodeDescription>()
  const says = entries.some(({ cpus }) => cpus !== undefined)
  const all = Array.from({ length: form.cpus ?? 1 }, (_, cpu) => cpu)
  for (const [index, { node, cpus, distances }] of entries.entries()) {
    const before = nodes.get(node)
    const own = !says && index === 0 ? all : []
    const merged = distances ?? before?.distances
    nodes.set(node, {
      id: node,
      cpus: [...(before?.cpus ?? []), ...(cpus ?? own)],
      ...(merged === undefined ? {} : { distances: merged }),
    })
  }
  return [...nodes.values()].sort((a, b) => a.id - b.id)
}

const withNodes = (
  possible: readonly number[],
  nodes: readonly NodeDescription[],
): readonly number[] =>
  [...new Set([...possible, ...nodes.map(({ id }) => id)])].sort((a, b) => a - b)

function bootMemory(
  form: MachineForm,
  entries: readonly MemoryForm[],
): Pick<MachineDescription, 'ram' | 'iomem' | 'firmwareMap'> {
  const arch = form.arch ?? DEFAULT_ARCH
  const placed = entries.some(({ start }) => start !== undefined)
  const layout = form.layout ?? (PCS.includes(arch) ? 'pc' : 'flat')
  if (!placed && layout === 'pc') {
    return pcLayout(entries.map(({ node, size: sizeBytes }) => ({ node, sizeBytes })))
  }
  const ram: RamDescription[] = []
  let at = 0
  for (const { node, size, start = at } of entries) {
    at = start + size
    if (size > 0) ram.push({ start, end: at, node })
  }
  return { ram: ram.sort((a, b) => a.start - b.start) }
}

/** An x86 machine has ACPI slots for memory unless it says otherwise. */
function driversOf(form: MachineForm): Readonly<Record<string, unknown>> {
  const arch = form.arch ?? DEFAULT_ARCH
  const acpi = form.acpi ?? (PCS.includes(arch) && form.drivers === undefined ? {} : 'none')
  return { ...form.drivers, ...(acpi === 'none' ? {} : { acpi: acpiConfig(acpi) }) }
}

function acpiConfig({ slots, window, alignment }: AcpiForm): Readonly<Record<string, number>> {
  return {
    ...(slots === undefined ? {} : { slots }),
    ...(window?.start === undefined ? {} : { windowStart: window.start }),
    ...(window?.end === undefined ? {} : { windowEnd: window.end }),
    ...(alignment === undefined ? {} : { alignmentBytes: alignment }),
  }
}
