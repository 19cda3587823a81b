import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { debianKeyring } from '../../../src/daemon/broker/apt-folder.ts'
import { fromCache } from '../../../src/daemon/broker/routes/cache.ts'
import { fromDebian } from '../../../src/daemon/broker/routes/debian.ts'
import { makeFolder, writeScript, writeServer } from './nats-server-kit.ts'

const system = '/usr/bin:/bin'
const signal = new AbortController().signal
const run = (cacheDir: string, pathVariable: string, limit_ms = 60_000) =>
  fromDebian({ cacheDir, pathVariable, limit_ms, signal })

test('without apt-get the route says so', async () => {
  const outcome = await run(makeFolder(), makeFolder())
  expect(outcome).toEqual({ ok: false, error: 'apt-get is not installed: this is no Debian' })
})

const isDebian = ['/usr/bin/apt-get', '/usr/bin/dpkg-deb', debianKeyring].every((path) => existsSync(path))

describe.skipIf(!isDebian)(
  'on a Debian machine (skipped where apt-get, dpkg or the keyring is missing)',
  () => {
    test('the signed package is fetched for real, and the cache serves it from then on', {
      timeout: 120_000,
    }, async ({ skip }) => {
      const cacheDir = join(makeFolder(), 'a cache')
      const outcome = await run(cacheDir, system)
      if (
        !outcome.ok &&
        /resolv|connect|timed out|no answer|no repository|Failed to fetch \S+ +5\d\d/i.test(outcome.error)
      )
        skip(`the Debian repository cannot be reached: ${outcome.error}`)
      expect(outcome).toMatchObject({
        ok: true,
        value: {
          route: 'debian',
          origin: expect.stringMatching(/^Debian package nats-server \d/),
          profiles: expect.arrayContaining(['fast']),
        },
      })
      expect(readdirSync(cacheDir)).toEqual([expect.stringMatching(/^nats-server-\d+\.\d+\.\d+$/)])
      expect(await fromCache(cacheDir, signal)).toMatchObject({ ok: true, value: { route: 'cache' } })
    })

    test('a repository without a signature is refused by apt, and nothing is installed', async () => {
      const repository = makeFolder()
      const release = join(repository, 'dists', 'sid')
      mkdirSync(join(release, 'main', 'binary-amd64'), { recursive: true })
      writeFileSync(join(release, 'main', 'binary-amd64', 'Packages'), '')
      writeFileSync(
        join(release, 'Release'),
        'Suite: sid\nCodename: sid\nComponents: main\nArchitectures: amd64\n',
      )
      const bin = writeApt(
        `*indextargets*) echo "Debian|Debian|main|file:${repository}" ;;`,
        '*) exec /usr/bin/apt-get "$@" ;;',
      )
      const cacheDir = makeFolder()
      const outcome = await run(cacheDir, `${bin}:${system}`)
      expect(outcome).toEqual({ ok: false, error: expect.stringMatching(/^sid: .*not signed/) })
      expect(readdirSync(cacheDir)).toEqual([])
    })

    test('the newest suite that can run durable serves, and no other list is fetched', async () => {
      const debian = makeDebian({ sid: '2.15.1', forky: '2.16.0' })
      expect(await run(makeFolder(), debian.pathVariable)).toMatchObject({
        ok: true,
        value: {
          version: '2.15.1',
          origin: 'Debian package nats-server 2.15.1-1 (sid), signature checked by apt',
        },
      })
      expect(debian.updates()).toEqual(['sid'])
    })

    test('a suite that the mirror does not have, or that is too old, does not end the search', async () => {
      const debian = makeDebian({ forky: '2.9.10', trixie: '2.15.1' })
      expect(await run(makeFolder(), debian.pathVariable)).toMatchObject({
        ok: true,
        value: { origin: expect.stringContaining('(trixie)') },
      })
      expect(debian.updates()).toEqual(['sid', 'forky', 'trixie'])
    })

    test('when no suite can run durable, the newest of them is taken', async () => {
      const debian = makeDebian({ sid: '2.10.27', forky: '2.12.0', trixie: '2.11.0' })
      expect(await run(makeFolder(), debian.pathVariable)).toMatchObject({
        ok: true,
        value: { version: '2.12.0', profiles: ['fast'] },
      })
    })

    test('when nothing fits, the reason of each suite is told', async () => {
      const debian = makeDebian({ forky: '2.9.10', trixie: '2.9.9' })
      expect(await run(makeFolder(), debian.pathVariable)).toEqual({
        ok: false,
        error:
          'sid: no Release file; forky has 2.9.10, and 2.10.23 is needed at least; trixie has 2.9.9, and 2.10.23 is needed at least',
      })
    })

    test('a package that lies in the current folder does not hide the one of the repository', async () => {
      const debian = makeDebian({ sid: '2.15.1' })
      const back = process.cwd()
      try {
        process.chdir(join(debian.repository, 'sid'))
        expect(await run(makeFolder(), debian.pathVariable)).toMatchObject({ ok: true })
      } finally {
        process.chdir(back)
      }
    })

    test('an unreachable repository is asked once, not once a suite', async () => {
      const debian = makeDebian({}, 'E: Failed to fetch InRelease  Could not connect to 192.0.2.1:80')
      expect(await run(makeFolder(), debian.pathVariable)).toMatchObject({ ok: false })
      expect(debian.updates()).toEqual(['sid'])
    })

    test('a repository that never answers is given up at the limit', async () => {
      const bin = writeApt('*indextargets*) echo "Debian|Debian|main|file:/nowhere" ;;', '*) sleep 60 ;;')
      const cacheDir = makeFolder()
      const outcome = await run(cacheDir, `${bin}:${system}`, 1_000)
      expect(outcome).toEqual({ ok: false, error: expect.stringContaining('no answer within 1 s') })
      expect(readdirSync(cacheDir)).toEqual([])
    })

    test('the address comes from the sources of apt, also where its lists were removed', async () => {
      const debian = makeDebian({ sid: '2.15.1' }, undefined, [
        '*--no-release-info*) printf "main|bookworm-security|file:/security\\nmain|bookworm|file:/mirror\\n" ;;',
        '*indextargets*) ;;',
      ])
      expect(await run(makeFolder(), debian.pathVariable)).toMatchObject({ ok: true })
      expect(debian.repositories()).toEqual(['file:/mirror'])
    })

    test('where apt knows only repositories of others, the route says so', async () => {
      const bin = writeApt('*indextargets*) echo "Elsewhere|Elsewhere|main|file:/elsewhere" ;;')
      expect(await run(makeFolder(), `${bin}:${system}`)).toEqual({
        ok: false,
        error: 'no repository of Debian is among the sources of apt',
      })
    })
  },
)

/** A folder with an apt-get that answers by these branches of a shell `case` over its arguments. */
function writeApt(...branches: string[]): string {
  const bin = makeFolder()
  writeScript(join(bin, 'apt-get'), 'case "$*" in', ...branches, 'esac')
  return bin
}

/** An apt-get whose suites hold these versions as real packages; the signature is its own affair. */
function makeDebian(
  suites: Record<string, string>,
  complaint = 'E: no Release file',
  indextargets?: string[],
) {
  const repository = makeFolder()
  for (const [suite, version] of Object.entries(suites)) writePackage(join(repository, suite), version)
  const suite = `suite=$(sed 's/.* \\([a-z]*\\) main$/\\1/' sources.list)`
  const bin = writeApt(
    ...(indextargets ?? ['*indextargets*) echo "Debian|Debian|main|file:/mirror" ;;']),
    `*update) ${suite}; sed 's/.*] //' sources.list >> ${repository}/updates`,
    `  test -d ${repository}/$suite || { echo '${complaint}' >&2; exit 100; } ;;`,
    // As apt-get does: what lies in the current folder already is not named.
    `*--print-uris*) ${suite}; for file in ${repository}/$suite/*.deb; do name=$(basename $file); test -e $name || echo "'file:$file' $name 1 SHA256:0"; done ;;`,
    `*download*) ${suite}; cp ${repository}/$suite/*.deb . ;;`,
  )
  const lines = () =>
    execFileSync('cat', [join(repository, 'updates')], { encoding: 'utf8' })
      .trim()
      .split('\n')
  return {
    repository,
    pathVariable: `${bin}:${system}`,
    /** The suites whose lists were fetched, in order. */
    updates: () => lines().map((line) => line.split(' ')[1]),
    repositories: () => lines().map((line) => line.split(' ')[0]),
  }
}

function writePackage(folder: string, version: string): void {
  const tree = join(makeFolder(), 'tree')
  writeServer(join(tree, 'usr', 'sbin', 'nats-server'), version)
  mkdirSync(join(tree, 'DEBIAN'))
  writeFileSync(
    join(tree, 'DEBIAN', 'control'),
    `Package: nats-server\nVersion: ${version}-1\nArchitecture: all\nMaintainer: test <test@example.org>\nDescription: test\n`,
  )
  mkdirSync(folder, { recursive: true })
  execFileSync('/usr/bin/dpkg-deb', [
    '-Znone',
    '--build',
    tree,
    join(folder, `nats-server_${version}-1_all.deb`),
  ])
}
