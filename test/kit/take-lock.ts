// A process that tries to take the lock of a run folder, says how it went, and holds it until its input ends.

import { acquireLock } from '../../src/daemon/supervisor/lock.ts'

const [, , run] = process.argv
if (!run) throw new Error('name a run folder')
const answer = await acquireLock(run).then(
  () => 'taken',
  (error: { code?: string }) => String(error.code),
)
process.stdout.write(`${answer}\n`)
process.stdin.resume()
