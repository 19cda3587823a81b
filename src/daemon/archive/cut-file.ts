// Tells whether an LMDB file was cut short, before it is mapped: reading behind the end of a mapped file kills the
// process with SIGBUS, and no error handling helps.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const magic = Buffer.from([0xde, 0xc0, 0xef, 0xbe])
/** In a meta page, from the magic on: version, address and map size come first, then two databases of 48 bytes. */
const pageSizeAt = 24
const lastPageAt = 24 + 2 * 48
/** Pages at the end that LMDB may have allocated and never written, since they were free again before the commit. */
const unwrittenMax = 64

/** How many bytes the file has and should have, when pages are missing; undefined when it is whole or no such file. */
export function findCut(path: string): { has: number; needs: number } | undefined {
  const fd = openSync(path, 'r')
  try {
    const first = readMeta(fd, 0)
    if (!first) return undefined
    const second = readMeta(fd, first.page_size)
    // Both are of the last two commits; the lower one is certainly due, whatever a writer does meanwhile.
    const last = Math.min(first.last_page, second?.last_page ?? first.last_page)
    const needs = (last + 1 - unwrittenMax) * first.page_size
    const has = fstatSync(fd).size
    return has < needs ? { has, needs } : undefined
  } finally {
    closeSync(fd)
  }
}

function readMeta(fd: number, at: number): { page_size: number; last_page: number } | undefined {
  const page = Buffer.alloc(256)
  readSync(fd, page, 0, page.length, at)
  const start = page.indexOf(magic)
  if (start < 0 || start + lastPageAt + 8 > page.length) return undefined
  return {
    page_size: page.readUInt32LE(start + pageSizeAt),
    last_page: Number(page.readBigUInt64LE(start + lastPageAt)),
  }
}
