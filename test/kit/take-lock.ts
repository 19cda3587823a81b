// A thread that tries to take the lock of each run folder it is told, and says how it went.

import { parentPort } from 'node:worker_threads'
import { acquireLock } from '../../src/daemon/supervisor/lock.ts'

parentPort?.on('message', (run: string) => {
  void acquireLock(run).then(
    () => parentPort?.postMessage('taken'),
    (error: { code?: string }) => parentPort?.postMessage(String(error.code)),
  )
})
