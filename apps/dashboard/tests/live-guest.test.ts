import { describe, expect } from 'vitest'
import { startGuestWithShell } from './guest-with-shell'
import { inChromium } from './in-chromium'
import { startDashboard } from './start-dashboard'

const MEMORY = '/sys/devices/system/memory'
const BOOT_MIB = 768
const DIMM_MIB = 512

describe.skipIf(process.env.MEMHP_GUESTS !== '1')('memhp dashboard on a real kernel', () => {
  const add = inChromium()

  add(
    'shows a guest, offlines a block of it after a question, and follows what changes',
    async (open) => {
      await using reached = await startGuestWithShell(BOOT_MIB)
      const { guest, flags } = reached
      const stateOf = async (block: number): Promise<string> =>
        (await guest.tree.read(`${MEMORY}/memory${block}/state`)).trim()
      await guest.tree.write(`${MEMORY}/auto_online_blocks`, 'online_movable')
      await guest.plug({ id: 'd1', mib: DIMM_MIB, node: 1 })
      expect(await stateOf(32)).toBe('online')

      const address = await startDashboard([...flags, '--allow-write'])
      const [server = '', fragment = ''] = address.split('#')
      const page = await open({ address: server, fragment })
      const live = page.locator('.live')
      await live.waitFor()
      expect(await live.innerText()).toMatch(/live: guest/i)
      await live.getByText('uevents by busybox’s uevent').waitFor()
      expect(await page.locator('.choice.goes').first().innerText()).toContain('512 MiB')

      const focused = live.getByText(/^memory\d+:$/)
      await page.locator('canvas').focus()
      for (let i = 0; i < 16; i++) {
        await page.keyboard.press('ArrowRight')
        if ((await focused.innerText()) === 'memory33:') break
      }
      await live.getByRole('button', { name: 'offline', exact: true }).click()
      const question = page.locator('.question')
      await question.waitFor()
      expect(await question.innerText()).toContain(`guest:${MEMORY}/memory33/state`)
      expect(await stateOf(33), 'nothing is written before the question is answered').toBe('online')
      await question.getByRole('button', { name: 'Write it' }).click()
      await live.getByText('Written.').waitFor()
      expect(await stateOf(33)).toBe('offline')

      await page.getByRole('button', { name: 'As a table' }).click()
      const row = (block: number) =>
        page.locator('.block-table tr', {
          has: page.getByRole('rowheader', { name: `memory${block}`, exact: true }),
        })
      await row(33).getByText('offline', { exact: true }).waitFor()
      // What is done inside the guest is told as well.
      await guest.tree.write(`${MEMORY}/memory35/state`, 'offline')
      await row(35).getByText('offline', { exact: true }).waitFor()
      // The page may be reading the guest, which is about to end.
      await page.close()
    },
  )
})
