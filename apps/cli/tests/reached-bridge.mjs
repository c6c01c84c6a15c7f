// Joins standard input and output to a shell in a guest, as ssh joins them to a far one: node reached-bridge.mjs SOCKET
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'

const socket = connect(process.argv[2])
const end = () => process.exit()
socket.on('close', end)
socket.on('error', end)

// A shell that was not told yet that its connection ended is sent away; the one that comes then repeats a word.
const word = randomBytes(12).toString('hex')
const greeting = Buffer.from(`@${word}\n`)
socket.write(`\nexit\n${word}\n`)
let said = Buffer.alloc(0)
const listen = (chunk) => {
  said = Buffer.concat([said, chunk])
  const at = said.indexOf(greeting)
  if (at === -1) return
  socket.off('data', listen)
  process.stdout.write(said.subarray(at + greeting.length))
  process.stdin.pipe(socket)
  socket.pipe(process.stdout)
}
socket.on('data', listen)
