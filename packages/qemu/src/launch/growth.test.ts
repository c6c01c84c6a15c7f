import { spawnSync } from 'node:child_process'
import { GIB, MIB } from '@memhp/core'
import { describe, expect, it } from 'vitest'
import { growthArguments } from './growth'

describe('what a guest is started with to grow', () => {
  it.each([
    [2, 16, 4, 4, 18],
    [2, 17, 4, 4, 18],
    [4, 64, 2, 30, 64],
  ])('%i GiB to %i by DIMMs of %i', (boot, most, dimm, slots, maxmem) => {
    const told = growthArguments({
      bootBytes: boot * GIB,
      mostBytes: most * GIB,
      dimmBytes: dimm * GIB,
    })
    expect(told).toMatchObject({ slots, maxmemBytes: maxmem * GIB })
  })

  // As QEMU 7.2 said of guests whose processor has too few bits.
  it.each([
    [512 * MIB, 48, 4, 0x15ffffffffn],
    [512 * MIB, 57, 4, 0x183fffffffn],
    [512 * MIB, 48, 8, 0x16ffffffffn],
    [4 * GIB, 1_000_000, 2, 0x3d197ffffffffn],
  ])(
    'reserves addresses as QEMU does: %i bytes, to %i GiB in %i slots',
    (bootBytes, most, slots, last) => {
      const dimmBytes = (most * GIB - bootBytes) / slots
      const told = growthArguments({ bootBytes, mostBytes: most * GIB, dimmBytes })
      expect(BigInt(told.lastAddress)).toBe(last)
      expect(2 ** told.physBits).toBeGreaterThan(told.lastAddress)
      expect(2 ** (told.physBits - 1)).toBeLessThanOrEqual(told.lastAddress)
    },
  )

  it('refuses more DIMMs than slots, and a size that the guest has at boot', () => {
    const wish = { bootBytes: GIB, mostBytes: 65 * GIB, dimmBytes: GIB / 8 }
    expect(() => growthArguments(wish)).toThrow(/takes 512 DIMMs, and QEMU has at most 256 slots/)
    expect(() => growthArguments({ ...wish, mostBytes: GIB })).toThrow(/as much memory at boot/)
  })

  it.skipIf(process.env.MEMHP_GUESTS !== '1')('is what QEMU here says, too', () => {
    const wish = { bootBytes: GIB, mostBytes: 128 * GIB, dimmBytes: 16 * GIB }
    const { slots, maxmemBytes, lastAddress, physBits } = growthArguments(wish)
    const memory = `${wish.bootBytes / MIB}M,slots=${slots},maxmem=${maxmemBytes / MIB}M`
    const cpu = `qemu64,phys-bits=${physBits - 1}`
    const words = ['-M', 'q35', '-display', 'none', '-S', '-cpu', cpu, '-m', memory]
    const { stderr } = spawnSync('qemu-system-x86_64', words, { encoding: 'utf8', timeout: 10_000 })
    expect(stderr).toContain(`< 0x${lastAddress.toString(16)} phys-bits too low`)
  })
})
