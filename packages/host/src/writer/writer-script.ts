/**
 * The program of a process that writes: an open and a write(2) for each message, and the errno in return. It ends when its parent
 * does, a write that the kernel is at coming first. It is given to `node -e`, so that it is there wherever this package is.
 */
export const WRITER_SCRIPT = `
const { openSync, writeSync, closeSync, constants } = require('node:fs')
process.on('message', ({ place, text }) => {
  let failure = null
  try {
    const file = openSync(place, constants.O_WRONLY | constants.O_TRUNC)
    try {
      writeSync(file, text)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    failure = { code: error.code, errno: error.errno }
  }
  if (process.connected) process.send({ failure })
})
`
