// What to do by hand when no route gave a nats-server: per platform, ready to be copied into a shell.

import { dirname } from 'node:path'
import { debianKeyring } from './apt-folder.ts'
import { type Platform, releaseArchive, releaseVersion } from './release-archive.ts'
import { toEntry } from './routes/cache.ts'

export function toHandInstructions(platform: Platform, cacheDir: string): string {
  const { path } = toEntry(cacheDir, releaseVersion)
  const parts = [
    `Get a nats-server ${releaseVersion} or newer by one of these ways, on this machine or on another one like it:`,
    ...archiveWay(platform),
    ...(platform.os === 'linux' ? debianWay() : []),
    ...(platform.os === 'darwin' ? ['', 'Homebrew:', '  brew install nats-server'] : []),
    '',
    'Then either put the file where Beacon looks for it:',
    `  mkdir -p ${quote(dirname(path))} && cp nats-server ${quote(path)} && chmod 755 ${quote(path)}`,
    'or name it in the environment of every beacon command:',
    '  export BEACON_NATS_SERVER=/path/to/nats-server',
    'and run `beacon setup` again.',
  ]
  return parts.join('\n')
}

function archiveWay(platform: Platform): string[] {
  const archive = releaseArchive(platform)
  if (archive === undefined)
    return [
      '',
      `Source (there is no release archive for ${platform.os} ${platform.arch}), with Go:`,
      `  GOBIN="$PWD" go install github.com/nats-io/nats-server/v2@v${releaseVersion}`,
    ]
  const check = platform.os === 'linux' ? 'sha256sum' : 'shasum -a 256'
  return [
    '',
    'The official release archive:',
    `  curl -fLO ${archive.url}`,
    `  curl -fLO ${archive.checksumsUrl}`,
    `  grep ' ${archive.name}$' SHA256SUMS | ${check} -c -`,
    `  tar -xzf ${archive.name} && cp ${archive.member} nats-server`,
  ]
}

function debianWay(): string[] {
  const options = [
    'Dir::State::Lists="$PWD/lists"',
    'Dir::Etc::SourceList="$PWD/sources.list"',
    'Dir::Etc::SourceParts=/dev/null',
    'Dir::Cache="$PWD/cache"',
    'APT::Sandbox::User="$(id -un)"',
  ]
  return [
    '',
    "Debian 12 or newer: the package of Debian's unstable suite, without root and without touching the system:",
    '  mkdir -p lists/partial cache/archives/partial tree',
    `  mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)`,
    `  echo "deb [signed-by=${debianKeyring}] $mirror sid main" > sources.list`,
    `  apt() { apt-get ${options.map((option) => `-o ${option}`).join(' ')} "$@"; }`,
    '  apt update && apt download nats-server && dpkg -x nats-server_*.deb tree && cp tree/usr/sbin/nats-server .',
  ]
}

function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
