import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const MEMORY = 'sys/devices/system/memory'

/** State and zone of every block below a root, as text; the host's own is only read. */
export function statesBelow(root: string): string {
  const folder = join(root, MEMORY)
  if (!existsSync(folder)) return ''
  return readdirSync(folder)
    .filter((name) => /^memory\d+$/.test(name))
    .map((name) => {
      const [state, zones] = ['state', 'valid_zones'].map((file) =>
        readFileSync(join(folder, name, file), 'utf8').trim(),
      )
      return `${name} ${state} ${state === 'online' ? zones : ''}`
    })
    .sort()
    .join('\n')
}
