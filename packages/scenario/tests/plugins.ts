import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { x86_64 } from '@memhp/arch-x86'
import type { Plugins } from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'

export const PLUGINS: Plugins = { archs: [x86_64], drivers: [acpiDriver] }

const folder = new URL('../../../scenarios/', import.meta.url)

/** The scenarios that ship with memhp: name and text. */
export const SHIPPED: readonly (readonly [name: string, text: string])[] = readdirSync(
  fileURLToPath(folder),
)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')])
