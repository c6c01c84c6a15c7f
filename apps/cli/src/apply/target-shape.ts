import {
  choiceShape,
  listShape,
  nullableShape,
  optionalShape,
  recordShape,
  type Shape,
  shapeFault,
  textShape,
} from '@memhp/core/plugin'
import type { AgentSpec, LibvirtSpec, SshSpec, TargetSpec } from './target'

type OfKind<K> = Extract<TargetSpec, { readonly kind: K }>

const text = textShape({ least: 1 })

function shapes(): Readonly<Record<TargetSpec['kind'], Shape<never>>> {
  const sockets = { monitor: nullableShape(text), firecracker: optionalShape(text) }
  return {
    host: recordShape<OfKind<'host'>>({ kind: choiceShape('host') }) as Shape<never>,
    folder: recordShape<OfKind<'folder'>>({
      kind: choiceShape('folder'),
      path: text,
    }) as Shape<never>,
    ssh: recordShape<SshSpec>({
      kind: choiceShape('ssh'),
      host: textShape(),
      command: nullableShape(listShape(text)),
      ...sockets,
    }) as Shape<never>,
    agent: recordShape<AgentSpec>({
      kind: choiceShape('agent'),
      socket: text,
      ...sockets,
    }) as Shape<never>,
    libvirt: recordShape<LibvirtSpec>({
      kind: choiceShape('libvirt'),
      domain: text,
      connect: nullableShape(text),
    }) as Shape<never>,
  }
}

/** Whether a value, as a journal keeps it, says how a machine is reached. */
export const isTargetSpec = (value: unknown): value is TargetSpec =>
  Object.values(shapes()).some((shape) => shapeFault(shape, value) === undefined)
