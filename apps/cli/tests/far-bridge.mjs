// Joins standard input and output to a socket, as ssh joins them to a far shell: node far-bridge.mjs SOCKET
import { connect } from 'node:net'

const socket = connect(process.argv[2])
const end = () => process.exit()
socket.on('close', end)
socket.on('error', end)
process.stdin.pipe(socket)
socket.pipe(process.stdout)
