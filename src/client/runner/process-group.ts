// The processes of a child that leads its own session: found, signalled and measured together.
//
// A child is spawned `detached`, which makes it the leader of a session and of a group, both with its pid as id. On Linux
// its session is looked at, which also has the groups that a shell with job control makes; elsewhere its group.

import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'

/** A process that is neither gone nor a zombie. */
export type Member = {
  pid: number
  group: number
  /** Processor time, its own and that of children that it waited for, in milliseconds. */
  cpu_ms: number
  rss_bytes: number
}

/** `leader` is the pid of the child, also when that has gone already. */
export async function membersOf(leader: number): Promise<Member[]> {
  return process.platform === 'linux' ? listSession(leader) : await listGroup(leader)
}

/** Signals every process of the session, one signal after the other; those that ended in between do not matter. */
export async function signalGroup(leader: number, ...signals: NodeJS.Signals[]): Promise<void> {
  // The group as a whole first: the kernel does this at one stroke, so no fork slips through.
  for (const signal of signals) send(-leader, signal)
  for (const { pid, group } of await membersOf(leader))
    if (group !== leader) for (const signal of signals) send(pid, signal)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // EPERM: it took another user's rights (sudo), and only that user may end it.
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

/** Linux counts processor time for programs in hundredths of a second on every architecture (USER_HZ). */
const tick_ms = 10

function listSession(leader: number): Member[] {
  const members: Member[] = []
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isSafeInteger(pid)) continue
    const stat = read(`/proc/${name}/stat`)
    // The second field, the program's name, may hold spaces and brackets: what counts stands after its end.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (!fields || fields[0] === 'Z' || fields[0] === 'X' || Number(fields[3]) !== leader) continue
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0)
    const rss = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${name}/status`) ?? '')
    members.push({
      pid,
      group: Number(fields[2]),
      cpu_ms: ticks * tick_ms,
      rss_bytes: Number(rss?.[1] ?? 0) * 1024,
    })
  }
  return members
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return undefined
  }
}

async function listGroup(leader: number): Promise<Member[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,pgid=,stat=,time=,rss='])
  return stdout.split('\n').flatMap((line) => {
    const [pid, group, state, time, rss] = line.trim().split(/\s+/)
    if (Number(group) !== leader || state?.startsWith('Z')) return []
    const cpu_ms = spentOf(time ?? '')
    return [{ pid: Number(pid), group: leader, cpu_ms, rss_bytes: Number(rss) * 1024 }]
  })
}

/** `[[days-]hours:]minutes:seconds[.hundredths]`, as ps writes it. */
function spentOf(time: string): number {
  const [clock = '', days = '0'] = time.split('-').reverse()
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return (Number(days) * 86_400 + seconds) * 1000
}
