import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const EXAMPLES = join(import.meta.dirname, '../examples')
const run = promisify(execFile)

describe('examples', () => {
  it.each(readdirSync(EXAMPLES).sort())('%s runs to its end', { timeout: 60_000 }, async (name) => {
    const { stdout } = await run(
      process.execPath,
      ['--conditions=memhp-source', '--import', 'tsx', 'src/main.ts'],
      { cwd: join(EXAMPLES, name) },
    )
    expect(stdout).not.toBe('')
  })
})
