#!/usr/bin/env node
// Stands for QEMU where a test needs one that misbehaves; MEMHP_TEST_QEMU says how.
import { writeFileSync } from 'node:fs'
import { Socket } from 'node:net'

const how = process.env.MEMHP_TEST_QEMU
if (how === 'dies') {
  process.stderr.write('qemu-system-x86_64: cannot set up guest memory\n')
  process.exit(1)
}
if (how?.startsWith('hangs:')) writeFileSync(how.slice('hangs:'.length), String(process.pid))
const monitor = new Socket({ fd: 3 })
monitor.on('error', () => {})
const qemu = how === 'old' ? { major: 2, minor: 11, micro: 1 } : { major: 7, minor: 2, micro: 22 }
monitor.write(
  `${JSON.stringify({ QMP: { version: { qemu, package: '' }, capabilities: [] } })}\r\n`,
)
monitor.on('data', (data) => {
  for (const line of data.toString().split('\n').filter(Boolean)) {
    const { execute, id } = JSON.parse(line)
    monitor.write(`${JSON.stringify({ return: {}, id })}\r\n`)
    if (execute === 'quit') process.exit(0)
  }
})
setInterval(() => {}, 1000)
