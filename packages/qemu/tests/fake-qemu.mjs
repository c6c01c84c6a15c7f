#!/usr/bin/env node
// Stands for QEMU where a test needs one that misbehaves. `-fake WORD` says how.
import { writeFileSync } from 'node:fs'
import { Socket } from 'node:net'

// The socket of a second monitor, which QEMU removes only where it ends by itself.
const listens = process.argv.find((word) => word.startsWith('unix:'))
if (listens !== undefined) writeFileSync(listens.replace(/^unix:(.*?),.*/, '$1'), '')

const how = process.argv[process.argv.indexOf('-fake') + 1]

const LAST_WORDS = {
  die: 'invalid kernel header',
  unknown: 'unsupported machine type "q35"',
}
if (how in LAST_WORDS) {
  process.stderr.write(`qemu-system-x86_64: ${LAST_WORDS[how]}\n`)
  process.exit(1)
}

const monitor = new Socket({ fd: 3 })
monitor.on('error', () => {})
const version =
  how === 'old' ? { major: 2, minor: 11, micro: 1 } : { major: 7, minor: 2, micro: 22 }
if (how === 'garbage') monitor.write('hello\n')
else if (how !== 'silent') {
  const greeting = { QMP: { version: { qemu: version, package: '' }, capabilities: [] } }
  monitor.write(`${JSON.stringify(greeting)}\r\n`)
}
monitor.on('data', (data) => {
  for (const line of data.toString().split('\n').filter(Boolean)) {
    const { execute, id } = JSON.parse(line)
    if (execute === 'quit' && how === 'stubborn') continue
    monitor.write(`${JSON.stringify({ return: {}, id })}\r\n`)
    if (execute === 'quit') process.exit(0)
  }
})
process.on('SIGTERM', () => {})
setInterval(() => {}, 1000)
