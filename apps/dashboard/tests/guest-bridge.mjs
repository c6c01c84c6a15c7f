// Stands for ssh: joins this process to the socket of a guest's port, at whose other end a shell reads.
import { connect } from 'node:net'

const socket = connect(process.argv[2] ?? '')
// The first line opens the shell.
socket.write('\n')
process.stdin.pipe(socket)
socket.pipe(process.stdout)
socket.on('close', () => process.exit(0))
socket.on('error', () => process.exit(255))
