import { describe, expect, test } from 'vitest'
import { type GuestOptions, kernelCommandLine, qemuArguments, shellQuote } from './arguments'
import { GUEST_MACHINES, profileOf } from './machine'
import { checkMemory, type GuestMemory, memoryArguments } from './memory-layout'

describe('the command line', () => {
  const options: GuestOptions = {
    machine: 'x86_64',
    memory: { nodes: [{ mib: 512 }], slots: 2, maxMib: 4096 },
    cmdline: 'movable_node',
    monitorPath: '/run/a,b/qmp',
    qemuArguments: ['-name', 'mine'],
  }

  test('has the monitor, the console and the channels on inherited sockets', () => {
    const text = qemuArguments(options, { kernel: '/k', initrd: '/i', channels: 1 }).join(' ')
    expect(text).toContain('socket,id=monitor,fd=3 -mon chardev=monitor,mode=control')
    expect(text).toContain('socket,id=line0,fd=4')
    expect(text).toContain('isa-serial,index=1,iobase=0x2f8,irq=3,chardev=line1')
    expect(text).not.toContain('line2')
    expect(text).toContain('unix:/run/a,,b/qmp,server=on,wait=off')
    expect(text).toContain('-kernel /k -initrd /i')
    expect(text.endsWith('-name mine')).toBe(true)
  })

  test('has ports and devices of changing size, in this order', () => {
    const devices = [
      { id: 'vm0', maxMib: 1024, node: 0, requestedMib: 128 },
      { id: 'vm1', maxMib: 512, node: 1, requestedMib: 0, blockKib: 65_536 },
    ]
    const resizables = { devices, ports: 2 }
    const text = qemuArguments({ ...options, resizables }, { kernel: '/k', channels: 0 }).join(' ')
    expect(text).toContain(
      [
        '-device pcie-root-port,id=rp0,chassis=1,slot=1,io-reserve=0',
        '-device pcie-root-port,id=rp1,chassis=2,slot=2,io-reserve=0',
        '-object memory-backend-ram,id=vm0-ram,size=1024M',
        '-device virtio-mem-pci,id=vm0,memdev=vm0-ram,node=0,requested-size=128M',
        '-object memory-backend-ram,id=vm1-ram,size=512M',
        '-device virtio-mem-pci,id=vm1,memdev=vm1-ram,node=1,requested-size=0M,block-size=65536K',
      ].join(' '),
    )
  })

  test('of arm64 has firmware: the package’s, or what was fetched; its console is the board’s', () => {
    const arm: GuestOptions = { machine: 'arm64', memory: options.memory }
    const text = qemuArguments(arm, { kernel: '/k', channels: 1 }).join(' ')
    expect(text).toContain('-bios /usr/share/qemu-efi-aarch64/QEMU_EFI.fd')
    expect(text).toContain('-serial chardev:line0')
    expect(text).toContain('-device virtconsole,bus=lines.0,nr=0,chardev=line1')
    const own = qemuArguments(arm, { kernel: '/k', channels: 0, firmware: '/f' }).join(' ')
    expect(own).toContain('-bios /f ')
  })

  test('the kernel’s own has ours first', () => {
    expect(kernelCommandLine(options)).toBe('console=ttyS0 quiet nokaslr panic=-1 movable_node')
  })

  test.each(GUEST_MACHINES)('%s listens nowhere unless it is asked to', (machine) => {
    const { memory } = options
    const words = qemuArguments({ machine, memory }, { kernel: '/k', channels: 3 })
    expect(words.filter((word) => /server|listen|tcp|unix:|vnc/.test(word))).toEqual([])
    expect(profileOf(machine).serialLines).toHaveLength(4)
  })

  test('can be pasted', () => {
    expect(shellQuote(['qemu', '-append', "a b 'c'", 'x=1,y'])).toBe(
      `qemu -append 'a b '\\''c'\\''' x=1,y`,
    )
  })
})

describe('memory', () => {
  test('of several nodes has CPUs where they were put', () => {
    const memory = { nodes: [{ mib: 512, cpus: 2 }, { mib: 0 }, { mib: 256, cpus: 1 }] }
    const all = { ...memory, slots: 4, maxMib: 8192 }
    expect(memoryArguments(all, profileOf('x86_64')).join(' ')).toBe(
      [
        '-m size=768M,slots=4,maxmem=8192M -smp 3',
        '-object memory-backend-ram,id=node0-ram,size=512M',
        '-numa node,nodeid=0,cpus=0-1,memdev=node0-ram',
        '-numa node,nodeid=1',
        '-object memory-backend-ram,id=node2-ram,size=256M',
        '-numa node,nodeid=2,cpus=2-2,memdev=node2-ram',
      ].join(' '),
    )
  })

  test('of a machine that has no nodes is one size', () => {
    const profile = profileOf('s390x')
    const words = memoryArguments({ nodes: [{ mib: 1024 }], maxMib: 2048 }, profile)
    expect(words.join(' ')).toBe('-m size=1024M,slots=0,maxmem=2048M -smp 1')
    const two = { nodes: [{ mib: 1024 }, { mib: 512 }] }
    expect(() => checkMemory(two, profile)).toThrow('no nodes')
  })

  test.each<[string, GuestMemory]>([
    ['needs boot memory', { nodes: [{ mib: 0 }] }],
    ['needs a CPU', { nodes: [{ mib: 256, cpus: 0 }] }],
    ['whole numbers', { nodes: [{ mib: 256.5 }] }],
    ['multiples of 256 MiB', { nodes: [{ mib: 300 }] }],
    ['Slots need maxMib', { nodes: [{ mib: 256 }], slots: 1 }],
    ['less than the boot memory of 512 MiB', { nodes: [{ mib: 512 }], slots: 1, maxMib: 256 }],
  ])('that cannot be is refused: %s', (message, memory) => {
    expect(() => checkMemory(memory, profileOf('ppc64le-radix'))).toThrow(message)
  })
})
