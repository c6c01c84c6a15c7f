import { endianness } from 'node:os'
import type { Writable } from 'node:stream'
import type { Uevent } from '@memhp/core'

/**
 * Sends what it reads, each piece behind its length in four bytes, to the kernel's uevent socket of its network namespace: the kernel
 * passes it on to all who listen there, and adds a SEQNUM. Perl, since a program of Node opens no such socket; Debian's base has it.
 * Source: uevent_net_rcv_skb, lib/kobject_uevent.c 6.1; netlink(7).
 */
export const SENDER_PROGRAM = `
socket(my $kernel, 16, 3, 15) or exit 1;
while (read(STDIN, my $length, 4) == 4) {
  read(STDIN, my $message, unpack('L', $length));
  send($kernel, $message, 0, pack('SSLL', 16, 0, 0, 0));
}
`

/** Least type of a message for a subsystem, and the flag of a request. Source: include/uapi/linux/netlink.h. */
const NLMSG_MIN_TYPE = 16
const NLM_F_REQUEST = 1
const HEADER_BYTES = 16

/** A uevent as the kernel is asked to send it, behind the length of the whole. */
function requestOf({ action, devpath, subsystem }: Uevent): Buffer {
  const lines = [
    `${action}@${devpath}`,
    `ACTION=${action}`,
    `DEVPATH=${devpath}`,
    `SUBSYSTEM=${subsystem}`,
  ]
  const text = Buffer.from(lines.map((line) => `${line}\0`).join(''))
  const header = new DataView(new ArrayBuffer(4 + HEADER_BYTES))
  const little = endianness() === 'LE'
  header.setUint32(0, HEADER_BYTES + text.length, little)
  header.setUint32(4, HEADER_BYTES + text.length, little)
  header.setUint16(8, NLMSG_MIN_TYPE, little)
  header.setUint16(10, NLM_F_REQUEST, little)
  return Buffer.concat([Buffer.from(header.buffer), text])
}

/** Calls the listener with each uevent of a machine, until the returned function is called. */
export type HearUevents = (listener: (uevent: Uevent) => void) => () => void

/** Sends uevents to the program of `SENDER_PROGRAM`, until the returned function is called. */
export function sendUevents(hear: HearUevents, sender: Writable): () => void {
  // The namespace may be gone.
  sender.on('error', () => undefined)
  const stop = hear((uevent) => void sender.write(requestOf(uevent)))
  return () => {
    stop()
    sender.end()
  }
}
