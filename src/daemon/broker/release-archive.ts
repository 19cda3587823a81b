// How the project names its release files, and which of them is for this machine.

/** The release that the set-up fetches. Newer ones are found on PATH or in a newer Debian; this one is tested with Beacon. */
export const releaseVersion = '2.15.1'

/** Where the project publishes its releases. */
const releaseBaseUrl = 'https://github.com/nats-io/nats-server/releases/download'

/** In Node's words: `process.platform`, `process.arch`, and for 32-bit ARM its version (6 or 7). */
export type Platform = { os: string; arch: string; armVersion?: string }

export type ReleaseArchive = {
  /** File name of the archive, and of its one folder without the ending. */
  name: string
  url: string
  checksumsUrl: string
  /** Path of the program inside the archive. */
  member: string
}

const arches: Record<string, string> = {
  x64: 'amd64',
  arm64: 'arm64',
  ia32: '386',
  s390x: 's390x',
  ppc64: 'ppc64le',
  loong64: 'loong64',
  riscv64: 'riscv64',
}

/** The archive for a platform, or undefined where the project has none that `tar` can open. */
export function releaseArchive(
  platform: Platform,
  version: string = releaseVersion,
  baseUrl: string = releaseBaseUrl,
): ReleaseArchive | undefined {
  const { os, armVersion } = platform
  const arch = platform.arch === 'arm' && armVersion ? `arm${armVersion}` : arches[platform.arch]
  if (arch === undefined || !['linux', 'darwin', 'freebsd'].includes(os)) return undefined
  const folder = `nats-server-v${version}-${os}-${arch}`
  const base = `${baseUrl.replace(/\/+$/, '')}/v${version}`
  return {
    name: `${folder}.tar.gz`,
    url: `${base}/${folder}.tar.gz`,
    checksumsUrl: `${base}/SHA256SUMS`,
    member: `${folder}/nats-server`,
  }
}

export function thisPlatform(): Platform {
  const variables = process.config.variables as { arm_version?: string | number }
  return {
    os: process.platform,
    arch: process.arch,
    ...(variables.arm_version === undefined ? {} : { armVersion: String(variables.arm_version) }),
  }
}
