// Route 4: Debian's signed package, without root: apt checks the signature, dpkg unpacks, the system stays as it is.

import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok, type Result } from '../../../core/result.ts'
import { type AptGet, debianKeyring, findDebianRepository, makeAptFolder, runApt } from '../apt-folder.ts'
import { captureCommand } from '../capture-command.ts'
import { findExecutables } from '../find-executable.ts'
import { installIntoCache, withStaging } from '../install-into-cache.ts'
import type { RouteOutcome } from '../nats-server.ts'
import { compareVersions, fits, oldestFit } from '../version.ts'

export type DebianOptions = {
  cacheDir: string
  pathVariable: string
  /** For each run of apt-get; fetching a list of packages is the longest. */
  limit_ms: number
  signal: AbortSignal
}

/** Newest first: the first that fits `durable` saves the lists of the others, some 10 MB each. */
const suites = ['sid', 'forky', 'trixie']

type Offer = { folder: string; suite: string; packageVersion: string; version: string }

export async function fromDebian(options: DebianOptions): Promise<RouteOutcome> {
  const { cacheDir, limit_ms, pathVariable, signal } = options
  const [aptGet] = findExecutables('apt-get', pathVariable)
  const [dpkg] = findExecutables('dpkg', pathVariable)
  if (aptGet === undefined || dpkg === undefined)
    return err(`${aptGet === undefined ? 'apt-get' : 'dpkg'} is not installed: this is no Debian`)
  if (!existsSync(debianKeyring))
    return err(
      `${debianKeyring} is not there (package debian-archive-keyring), so no signature can be checked`,
    )

  const apt = { path: aptGet, limit_ms, signal }
  const repository = await findDebianRepository(apt)
  if (!repository.ok) return repository
  const architecture = await captureCommand(dpkg, ['--print-architecture'], { limit_ms, signal })
  if (!architecture.ok) return err(`dpkg does not know the architecture: ${architecture.error}`)

  return await withStaging(cacheDir, async (staging) => {
    const from = { repository: repository.value, architecture: architecture.value.trim() }
    const offer = await findOffer(apt, staging, from)
    if (!offer.ok) return offer
    const { folder, packageVersion, suite } = offer.value
    const fetched = await runApt(apt, ['download', `nats-server=${packageVersion}`], folder)
    if (!fetched.ok) return err(`apt-get download nats-server from ${suite}: ${fetched.error}`)
    const file = (await readdir(folder)).find((name) => name.endsWith('.deb'))
    if (file === undefined) return err(`apt-get downloaded no package from ${suite}`)
    const tree = join(folder, 'tree')
    await mkdir(tree)
    const unpacked = await captureCommand(dpkg, ['-x', join(folder, file), tree], { limit_ms, signal })
    if (!unpacked.ok) return err(`dpkg could not unpack ${file}: ${unpacked.error}`)
    const binary = ['usr/sbin/nats-server', 'usr/bin/nats-server']
      .map((path) => join(tree, path))
      .find((path) => existsSync(path))
    if (binary === undefined) return err(`${file} holds no nats-server`)
    const origin = `Debian package nats-server ${packageVersion} (${suite}), signature checked by apt`
    return await installIntoCache({ binary, staging, cacheDir, route: 'debian', origin }, signal)
  })
}

/** The newest package that fits, taken from the first suite whose package fits `durable` when there is one. */
async function findOffer(
  apt: AptGet,
  staging: string,
  from: { repository: string; architecture: string },
): Promise<Result<Offer, string>> {
  let best: Offer | undefined
  const reasons: string[] = []
  for (const suite of suites) {
    const folder = join(staging, suite)
    await makeAptFolder(folder, { ...from, suite })
    const offer = await readOffer(apt, folder, suite)
    if (!offer.ok) reasons.push(`${suite}: ${offer.error}`)
    else if (!fits(offer.value.version, 'fast'))
      reasons.push(`${suite} has ${offer.value.version}, and ${oldestFit.fast.version} is needed at least`)
    else if (best === undefined || compareVersions(offer.value.version, best.version) > 0) best = offer.value
    if (best !== undefined && fits(best.version, 'durable')) break
    // The other suites are on the same server.
    if (!offer.ok && isUnreachable(offer.error)) break
  }
  return best === undefined ? err(reasons.join('; ')) : ok(best)
}

/** Fetches the list of packages of the one suite that apt knows in this folder and reads which nats-server it has. */
async function readOffer(apt: AptGet, folder: string, suite: string): Promise<Result<Offer, string>> {
  const updated = await runApt(apt, ['update'], folder)
  if (!updated.ok) return updated
  const uris = await runApt(apt, ['download', '--print-uris', 'nats-server'], folder)
  if (!uris.ok) return uris
  // 'address' nats-server_2.15.1-1_amd64.deb size digest; a colon in a version is written %3a.
  const packageVersion = / nats-server_([^_ ]+)_[^_ ]+\.deb /.exec(uris.value)?.[1]
  if (packageVersion === undefined) return err('apt-get does not say which version it would download')
  const version = /^(?:\d+%3a)?(\d+\.\d+\.\d+)/i.exec(packageVersion)?.[1] ?? '0.0.0'
  return ok({ folder, suite, packageVersion: decodeURIComponent(packageVersion), version })
}

function isUnreachable(reason: string): boolean {
  return /resolv|connect|timed out|no answer within|unreachable/i.test(reason)
}
