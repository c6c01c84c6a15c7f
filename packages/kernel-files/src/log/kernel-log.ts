/** A line of the kernel's log without what a reader put before it. */
export interface LogLine {
  /** Line of the text, from 1. */
  readonly line: number
  /** Seconds since boot; undefined where the text does not say. */
  readonly seconds?: number
  readonly text: string
}

/** Longest line that is looked at: the kernel writes less than 1 KiB. Source: LOG_LINE_MAX, Linux 6.1. */
const LONGEST = 4096

/** `<4>[   24.294580] text`, `[   24.294580][ T1] text`. Source: dmesg(1), kernel/printk/printk.c. */
const DMESG = /^(?:<\d{1,3}>)?\[ *(\d{1,12}\.\d{1,9})\](?:\[ *[TC]\d+\])? ?/
/** `4,123,24294580,-;text`, microseconds. Source: Documentation/ABI/testing/dev-kmsg. */
const KMSG = /^\d{1,5},\d{1,20},(\d{1,20}),[^;]{0,80};/
/** `Nov 29 19:51:04 host kernel: `, `2026-11-29T19:51:04+00:00 host kernel: `: syslog and journalctl, which may keep the seconds. */
const SYSLOG = /^\S[^[\]]{5,80}? kernel: /
/** `[Sun Nov 29 19:51:04 2026] `: dmesg -T. */
const DATED = /^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}\] ?/

const MICROSECONDS = 1_000_000

function lineOf(raw: string, line: number): LogLine {
  const text = raw.slice(0, LONGEST).replace(/\r$/, '')
  const [kmsg, microseconds] = KMSG.exec(text) ?? []
  if (kmsg !== undefined)
    return { line, seconds: Number(microseconds) / MICROSECONDS, text: text.slice(kmsg.length) }
  const [syslog = ''] = SYSLOG.exec(text) ?? DATED.exec(text) ?? []
  const rest = text.slice(syslog.length)
  const [dmesg, seconds] = DMESG.exec(rest) ?? []
  return dmesg === undefined
    ? { line, text: rest }
    : { line, seconds: Number(seconds), text: rest.slice(dmesg.length) }
}

/** The lines of a kernel's log as dmesg, /dev/kmsg, journalctl or a serial console give it. */
export const parseKernelLog = (text: string): readonly LogLine[] =>
  text.split('\n').map((raw, index) => lineOf(raw, index + 1))
