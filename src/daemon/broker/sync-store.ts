// Puts the broker's store on disk: files, and the folders that name them.

import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * In `fast`, nats-server does not fsync a stream's own description: a power cut soon after its creation left meta.inf with
 * 0 bytes, and with it the whole stream was gone. So the daemon does it, before it calls itself ready.
 */
export async function syncStore(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await syncStore(path)
    else if (entry.isFile()) await sync(path)
  }
  await sync(folder)
}

async function sync(path: string): Promise<void> {
  // What vanished in between (the server replaces files by renaming) is named by its folder, which comes later.
  const handle = await open(path, 'r').catch(() => undefined)
  if (!handle) return
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
