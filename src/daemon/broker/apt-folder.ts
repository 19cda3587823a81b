// An apt of our own: its lists, caches and sources are in a private folder, so that it works without root and the
// system's apt is only read, never changed.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { err, ok, type Result } from '../../core/result.ts'
import { captureCommand } from './capture-command.ts'

/** Installed by the package debian-archive-keyring; what is not signed by one of its keys is refused by apt. */
export const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

export type AptGet = {
  path: string
  /** For each run. */
  limit_ms: number
  signal: AbortSignal
}

/** What apt-get printed, or its first complaint. Without a folder it runs with the system's configuration, to read it. */
export async function runApt(apt: AptGet, args: string[], folder?: string): Promise<Result<string, string>> {
  const own = folder === undefined ? [] : ['-c', join(folder, 'apt.conf')]
  // LC_ALL: its complaints are read. The folder is also where it downloads to: in another one it would find a package that
  // lies there already, and say nothing.
  return await captureCommand('env', ['LC_ALL=C', apt.path, ...own, '-q', ...args], {
    limit_ms: apt.limit_ms,
    signal: apt.signal,
    cwd: folder,
  })
}

/** Makes the folder in which apt knows one suite of one repository. */
export async function makeAptFolder(
  folder: string,
  from: { repository: string; suite: string; architecture: string },
): Promise<void> {
  for (const name of ['lists/partial', 'cache/archives/partial', 'state'])
    await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, 'status'), '')
  // Only the list of packages: translations and contents are many times larger than what is needed.
  const options = `arch=${from.architecture} target=Packages lang=none signed-by=${debianKeyring}`
  await writeFile(join(folder, 'sources.list'), `deb [${options}] ${from.repository} ${from.suite} main\n`)
  await writeFile(join(folder, 'apt.conf'), toAptConf(folder))
}

/**
 * The Debian repository that this machine uses. With `--no-release-info` apt knows addresses but not whose they are,
 * which is all there is in a container image whose lists were removed.
 */
export async function findDebianRepository(apt: AptGet): Promise<Result<string, string>> {
  const format = (fields: string) => ['indextargets', '--format', fields, 'Created-By: Packages']
  const known = await runApt(apt, format('$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)'))
  if (!known.ok) return err(`apt-get names no repository: ${known.error}`)
  for (const line of known.value.split('\n')) {
    const [origin, label, component, address] = line.split('|')
    if (origin === 'Debian' && label === 'Debian' && component === 'main' && address) return ok(address)
  }
  const unknown = await runApt(apt, ['--no-release-info', ...format('$(COMPONENT)|$(RELEASE)|$(REPO_URI)')])
  if (unknown.ok && known.value.trim() === '') {
    for (const line of unknown.value.split('\n')) {
      const [component, release, address] = line.split('|')
      if (component === 'main' && release && !release.includes('-security') && address) return ok(address)
    }
  }
  return err('no repository of Debian is among the sources of apt')
}

/** Read by apt after the system's own configuration, so that proxies stay and the rest is ours. */
function toAptConf(folder: string): string {
  const settings = {
    'Dir::State': join(folder, 'state'),
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    // The user of apt's sandbox cannot write into our folder; without root apt does not change the user at all.
    'APT::Sandbox::User': 'root',
    'APT::Get::AllowUnauthenticated': 'false',
    'Acquire::AllowInsecureRepositories': 'false',
    'Acquire::AllowWeakRepositories': 'false',
    'Acquire::Retries': '0',
    'Acquire::http::Timeout': '5',
    'Acquire::https::Timeout': '5',
    // Without it `update` is content with what it could not fetch.
    'APT::Update::Error-Mode': 'any',
  }
  // Hooks of the system, which clean its caches or tell its desktop, are not for our update.
  const hooks = ['Pre-Invoke', 'Post-Invoke', 'Post-Invoke-Success'].map(
    (name) => `#clear APT::Update::${name};`,
  )
  return `${[...hooks, ...Object.entries(settings).map(([key, value]) => `${key} "${value}";`)].join('\n')}\n`
}
