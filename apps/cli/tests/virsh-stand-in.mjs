#!/usr/bin/env node
// Stands for virsh: hands its words to the socket that STAND_IN names, and does as it is told.
import { connect } from 'node:net'

const socket = connect(process.env.STAND_IN)
let said = ''
socket.on('data', (chunk) => {
  said += chunk
  if (!said.includes('\n')) return
  const { stdout = '', stderr = '', code = 0 } = JSON.parse(said)
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  process.exitCode = code
  socket.end()
})
socket.write(`${JSON.stringify(process.argv.slice(2))}\n`)
