/** A virtio-mem device that is there as the guest boots. */
interface GuestResizable {
  readonly id: string
  /** MiB of its region. */
  readonly maxMib: number
  readonly node: number
  /** MiB that the guest is asked to have. */
  readonly requestedMib: number
  /** KiB that are plugged and unplugged together; default: QEMU's. */
  readonly blockKib?: number
}

/** Devices whose memory grows and shrinks. */
export interface GuestResizables {
  readonly devices: readonly GuestResizable[]
  /** Root ports for devices that are plugged while the guest runs: `rp0`, `rp1`, … Default 0. */
  readonly ports?: number
}

/** The name of the memory that stands behind a device. */
export const backendOf = (id: string): string => `${id}-ram`

/** QEMU's arguments for them. Ports come first: their addresses are the first of the bus, and what lacks I/O ports takes none. */
export function resizableArguments(
  { devices, ports = 0 }: GuestResizables = { devices: [] },
): string[] {
  return [
    ...Array.from({ length: ports }, (_, port) => [
      '-device',
      `pcie-root-port,id=rp${port},chassis=${port + 1},slot=${port + 1},io-reserve=0`,
    ]).flat(),
    ...devices.flatMap(({ id, maxMib, node, requestedMib, blockKib }) => {
      const block = blockKib === undefined ? '' : `,block-size=${blockKib}K`
      const sizes = `node=${node},requested-size=${requestedMib}M${block}`
      return [
        ...['-object', `memory-backend-ram,id=${backendOf(id)},size=${maxMib}M`],
        ...['-device', `virtio-mem-pci,id=${id},memdev=${backendOf(id)},${sizes}`],
      ]
    }),
  ]
}
