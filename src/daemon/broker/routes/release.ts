// Route 3: the project's own release archive. Its published SHA-256 is checked, which finds a damaged or cut download.
// That archive and digest come from the project rests on HTTPS alone: no digest is pinned here, since a pinned one is
// worth something only when it was taken from a second source, and there is none for all platforms.

import { join } from 'node:path'
import { err } from '../../../core/result.ts'
import { captureCommand } from '../capture-command.ts'
import { type DownloadLimits, downloadFile, downloadText } from '../download.ts'
import { installIntoCache, withStaging } from '../install-into-cache.ts'
import type { RouteOutcome } from '../nats-server.ts'
import { type Platform, releaseArchive } from '../release-archive.ts'

export type ReleaseOptions = {
  cacheDir: string
  /** The folder above `v<version>/`; the project's own when absent. */
  baseUrl?: string | undefined
  version?: string | undefined
  platform: Platform
  limits: DownloadLimits
  signal: AbortSignal
}

/** `tar` unpacks an archive of this size in under a second. */
const unpack_ms = 20_000

export async function fromRelease(options: ReleaseOptions): Promise<RouteOutcome> {
  const { cacheDir, limits, platform, signal } = options
  const archive = releaseArchive(platform, options.version, options.baseUrl)
  if (archive === undefined)
    return err(`the project publishes no archive for ${platform.os} ${platform.arch} that tar opens`)
  // The small file first: an unreachable server is noticed with it.
  const sums = await downloadText(archive.checksumsUrl, limits, signal)
  if (!sums.ok) return sums
  const published = findChecksum(sums.value, archive.name)
  if (published === undefined) return err(`${archive.checksumsUrl} does not list ${archive.name}`)

  return await withStaging(cacheDir, async (staging) => {
    const file = join(staging, archive.name)
    const digest = await downloadFile(archive.url, file, limits, signal)
    if (!digest.ok) return digest
    if (digest.value !== published)
      return err(
        `${archive.url} has SHA-256 ${digest.value}, but ${published} is published for it; it was thrown away`,
      )
    // -o: the file belongs to who unpacks it, also for root. One member by name, so no other path can be written.
    const args = ['-xzof', file, '-C', staging, archive.member]
    const unpacked = await captureCommand('tar', args, { limit_ms: unpack_ms, signal })
    if (!unpacked.ok) return err(`tar could not unpack ${archive.name}: ${unpacked.error}`)
    const origin = `release archive ${archive.name}, SHA-256 as published`
    const binary = join(staging, archive.member)
    return await installIntoCache({ binary, staging, cacheDir, route: 'release', origin }, signal)
  })
}

/** The digest of one file in the output format of `sha256sum`: digest, two spaces (or space and asterisk), name. */
function findChecksum(sums: string, name: string): string | undefined {
  for (const line of sums.split('\n')) {
    const match = /^([0-9a-fA-F]{64}) [ *](.+?)\s*$/.exec(line)
    if (match?.[2] === name) return match[1]?.toLowerCase()
  }
  return undefined
}
