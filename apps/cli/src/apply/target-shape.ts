import {
  kindsShape,
  listShape,
  nullableShape,
  optionalShape,
  type Shape,
  shapeFault,
  shapesByKind,
  textShape,
} from '@memhp/core/plugin'
import type { TargetSpec } from './target'

const text = textShape({ least: 1 })

function targetShape(): Shape<TargetSpec> {
  const sockets = { monitor: nullableShape(text), firecracker: optionalShape(text) }
  return kindsShape(
    'how a machine is reached',
    shapesByKind<TargetSpec>({
      host: {},
      folder: { path: text },
      ssh: { host: textShape(), command: nullableShape(listShape(text)), ...sockets },
      agent: { socket: text, ...sockets },
      libvirt: { domain: text, connect: nullableShape(text) },
    }),
  )
}

/** Whether a value, as a journal keeps it, says how a machine is reached. */
export const isTargetSpec = (value: unknown): value is TargetSpec =>
  shapeFault(targetShape(), value) === undefined
