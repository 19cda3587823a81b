// Stand-ins for the set-up tests: scripts that answer --version, release archives made of them, and a server for these.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder that is gone after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'beacon-setup-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function writeScript(path: string, ...lines: string[]): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 })
  return path
}

/** A program that says it is this nats-server. */
export const writeServer = (path: string, version: string): string =>
  writeScript(path, `echo "nats-server: v${version}"`)

export const platform = { os: 'linux', arch: 'x64' }
export const archiveName = 'nats-server-v2.15.1-linux-amd64.tar.gz'

export type ReleaseFiles = { archive: Buffer; sums: string }

/** The two files that the project publishes for a release; the program inside says it is `version`. */
export function makeRelease(version = '2.15.1'): ReleaseFiles {
  const folder = makeFolder()
  const inside = archiveName.replace('.tar.gz', '')
  writeServer(join(folder, inside, 'nats-server'), version)
  execFileSync('tar', ['-czf', archiveName, inside], { cwd: folder })
  const archive = readFileSync(join(folder, archiveName))
  return { archive, sums: toSums(archive) }
}

export function toSums(archive: Buffer): string {
  const digest = createHash('sha256').update(archive).digest('hex')
  return `${'0'.repeat(64)}  nats-server-v2.15.1-darwin-arm64.tar.gz\n${digest}  ${archiveName}\n`
}

export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Serves a release as the project does; `requests` collects the paths that were asked for. */
export async function serveRelease(files: ReleaseFiles, requests: string[] = []): Promise<string> {
  return await serve((request, response) => {
    requests.push(request.url ?? '')
    if (request.url === '/v2.15.1/SHA256SUMS') response.end(files.sums)
    else if (request.url === `/v2.15.1/${archiveName}`) response.end(files.archive)
    else response.writeHead(404).end()
  })
}
