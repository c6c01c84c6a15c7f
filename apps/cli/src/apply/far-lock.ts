import { hostname, userInfo } from 'node:os'
import type { RemoteShell } from '@memhp/qemu'
import { CliError, EXIT } from '../errors'
import { shellWord } from '../text/shell-word'
import { orLost } from './remote-machine'

/** Where the lock is, the first that is there and can be written: only root changes memory, and these are gone after a boot. */
const FOLDERS = ['/run', '/dev/shm']

/**
 * Takes the lock of the machine that a shell runs on: one file, made whole by a hard link. It is held by the shell at the far end of the
 * connection, which ends with that; so that one whose shell is gone is taken over.
 */
const TAKE = String.raw`
start() { text=$(cat "/proc/$1/stat" 2>/dev/null) || return 0; set -- ${'$'}{text##*) }; printf '%s\n' "${'$'}{20}"; }
field() { sed -n "$2p" "$1"; }
for folder in $FOLDERS; do [ -d "$folder" ] && [ -w "$folder" ] && break; folder=; done
[ -n "$folder" ] || { echo nowhere; exit; }
lock=$folder/memhp.lock own=$folder/memhp.lock.$$
printf '%s\n' "$PPID" "$(start "$PPID")" "$WHO" "$SINCE" "$JOURNAL" >"$own"
tries=0
until ln "$own" "$lock" 2>/dev/null; do
  tries=$((tries + 1))
  if [ ! -e "$lock" ] && [ "$tries" -gt 5 ]; then rm -f "$own"; echo nowhere; exit; fi
  pid=$(field "$lock" 1 2>/dev/null) begun=$(field "$lock" 2 2>/dev/null)
  [ -n "$pid" ] || continue
  if [ -n "$begun" ] && [ "$(start "$pid")" = "$begun" ]; then
    echo held
    sed -n 3,5p "$lock"
    rm -f "$own"
    exit
  fi
  # Moved away first: of two who find it left behind, one does so.
  mv "$lock" "$own.stale" 2>/dev/null || continue
  if [ "$(field "$own.stale" 1) $(field "$own.stale" 2)" = "$pid $begun" ]; then
    echo stale
    sed -n 3,5p "$own.stale"
  else
    ln "$own.stale" "$lock" 2>/dev/null
  fi
  rm -f "$own.stale"
done
rm -f "$own"
echo taken
for process in /proc/[0-9]*; do
  line=$(tr '\000' ' ' <"$process/cmdline" 2>/dev/null) || continue
  case $line in 'dd '*of=/sys/devices/system/memory/*) echo "writer ${'$'}{process#/proc/}" ;; esac
done
`

/** Gives it back, unless another has it. */
const RELEASE = `
for folder in $FOLDERS; do
  lock=$folder/memhp.lock
  [ "$(sed -n 1p "$lock" 2>/dev/null)" = "$PPID" ] && rm -f "$lock"
done
true
`

/** What a lock says of the run that it is for. */
export interface FarLockAbout {
  /** In UTC. */
  readonly since: string
  readonly journal: string
}

const setting = (name: string, value: string): string =>
  `${name}=${shellWord(value.replaceAll('\n', ' '))}\n`

/**
 * Takes the lock of a machine at the far side of a shell, so that others who reach it, from whatever host, see that it is being changed.
 * @returns what gives it back
 * @throws CliError where another holds it, or what a memhp that was killed left still writes
 */
export async function takeFarLock(
  shell: Pick<RemoteShell, 'run'>,
  machine: {
    readonly name: string
    readonly about: FarLockAbout
    readonly warn: (text: string) => void
    /** Default: those of root. */
    readonly folders?: readonly string[]
  },
): Promise<() => Promise<void>> {
  const { name, about, warn, folders = FOLDERS } = machine
  const who = `${userInfo().username}@${hostname()} (process ${process.pid})`
  const set = setting('FOLDERS', folders.join(' '))
  const run = (script: string): Promise<{ readonly stdout: string }> =>
    orLost(() => shell.run(`${set}${script}`))
  const settings = `${setting('WHO', who)}${setting('SINCE', about.since)}${setting('JOURNAL', about.journal)}`
  const { stdout } = await run(`${settings}${TAKE}`)
  const words = stdout.trimEnd().split('\n')
  const release = async (): Promise<void> => {
    await run(RELEASE)
  }
  if (words[0] === 'held') {
    const [, other = '', since = '', journal = ''] = words
    throw new CliError(
      `${name} is being changed already: by ${other}, since ${since}; its journal there is ${journal}`,
      { exitCode: EXIT.refused, remedy: 'wait until it ends; Ctrl-C there puts everything back' },
    )
  }
  if (words[0] === 'stale')
    warn(
      `memhp: ${name}: the lock of ${words[1] ?? ''}, since ${words[2] ?? ''}, was left behind, and is taken over; its journal there is ${words[3] ?? ''}.`,
    )
  if (words.includes('nowhere'))
    warn(`memhp: ${name}: no lock can be kept in ${folders.join(' or ')}: others are not told.`)
  const writer = words.find((word) => word.startsWith('writer '))
  if (writer === undefined) return release
  await release()
  throw new CliError(
    `${name}: a write goes on there that a memhp left which was cut off: ${writer.replace('writer', 'process')}`,
    {
      exitCode: EXIT.refused,
      remedy: `wait until it ends, or end it there: kill -9 ${writer.replace('writer ', '')}`,
    },
  )
}
