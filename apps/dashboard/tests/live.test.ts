import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { parseCapture } from '@memhp/capture'
import { describe, expect, onTestFinished } from 'vitest'
import { inChromium } from './in-chromium'
import { startDashboard } from './start-dashboard'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const BLOCK = '/sys/devices/system/memory/memory44/state'

/** A folder that holds what a capture does: files of a host, of which one can be changed. */
async function folderOf(capture: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'memhp-dashboard-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const packed = await readFile(join(ROOT, 'captures', capture))
  const { files, links, modes } = parseCapture(gunzipSync(packed).toString())
  const unread = Object.keys(modes).filter((path) => files[path] === undefined)
  for (const [path, text] of [
    ...Object.entries(files),
    ...unread.map((path) => [path, ''] as const),
  ]) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await symlink(target, join(folder, path))
  }
  return folder
}

describe('the page of memhp dashboard', () => {
  const add = inChromium()

  add('shows a live machine, follows what changes, and writes after a question', async (open) => {
    const folder = await folderOf('x86_64-dimms-zones.json.gz')
    const address = await startDashboard(['--sysroot', folder, '--arch', 'x86_64', '--allow-write'])
    const [server = '', fragment = ''] = address.split('#')
    const page = await open({ address: server, fragment })
    await page.locator('.live').waitFor()
    expect(page.url()).not.toContain('live=')
    await page.locator('.plan .verdict').waitFor()

    await writeFile(join(folder, BLOCK), 'online\n')
    await page.getByRole('button', { name: 'As a table' }).click()
    await page.locator('.block-table').getByText('memory44', { exact: true }).waitFor()

    await page.getByRole('button', { name: 'As a table' }).click()
    await page.locator('canvas').focus()
    await page.keyboard.press('ArrowRight')
    const focused = page.locator('.live').getByText(/^memory\d+:$/)
    const chosen = await focused.innerText()
    await writeFile(join(folder, '/sys/devices/system/memory/memory43/state'), 'online\n')
    await page.getByRole('button', { name: 'As a table' }).click()
    await page.locator('.block-table').getByText('memory43', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'As a table' }).click()
    expect(await focused.innerText(), 'a change elsewhere leaves the block in focus').toBe(chosen)

    await page.locator('.live').getByRole('button', { name: 'offline', exact: true }).click()
    const question = page.locator('.question')
    await question.waitFor()
    const words = await question.innerText()
    const [, path = ''] = /(\/sys\/devices\/system\/memory\/memory\d+\/state)/.exec(words) ?? []
    const before = await readFile(join(folder, path), 'utf8')
    expect(before.trim()).toBe('online')
    await question.getByRole('button', { name: 'Write it' }).click()
    await page.locator('.live').getByText('Written.').waitFor()
    expect(await readFile(join(folder, path), 'utf8')).toBe('offline')
  })

  add(
    'shows a captured host without a server’s help: its removal runs in the page',
    async (open) => {
      const address = await startDashboard(['captures/x86_64-three-nodes.json.gz'])
      const [server = '', fragment = ''] = address.split('#')
      const page = await open({ address: server, fragment })
      await page.locator('.plan .primary').click()
      await page.locator('button[aria-label="To the end"]').click()
      expect(await page.locator('.moment').innerText()).toContain('Removed.')
      expect(await page.locator('.live').innerText()).toContain('read only')
    },
  )
})
