// Free space on the file system of the home.

import { statfs } from 'node:fs/promises'

export type Disk = { free_bytes: number; total_bytes: number; disk_low: boolean }

const mebibyte = 1024 * 1024
/** Below this nothing can be promised: the broker and the archive each need room to write a batch. */
export const floor_bytes = 64 * mebibyte

/** Low is below 64 MiB or 1 % (of a large disk: 1 GiB). */
export function toDisk(free_bytes: number, total_bytes: number): Disk {
  const floor = Math.max(floor_bytes, Math.min(total_bytes / 100, 1024 * mebibyte))
  return { free_bytes, total_bytes, disk_low: free_bytes < floor }
}

export async function readDisk(folder: string): Promise<Disk> {
  const { bavail, blocks, bsize } = await statfs(folder)
  return toDisk(bavail * bsize, blocks * bsize)
}
