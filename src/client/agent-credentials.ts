// Recovery credentials of an installation: in a file that only its owner can read, or in memory.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Credentials = {
  agent_id: string
  installation_id: string
  runtime_token: string
  refresh_token: string
  token_version: number
}

export type CredentialStore = {
  /** Undefined before there are any. */
  readonly held: Credentials | undefined
  /** In the file when this returns, or in memory where the disk fails. */
  keep(credentials: Credentials): void
  forget(): void
}

export type CredentialOptions = {
  agent_id: string
  folder: string | undefined
  onDiskFailure(error: unknown): void
}

/** A file of another agent, or one that cannot be read, counts as none. Throws what the file system refuses of the folder. */
export function openCredentials({ agent_id, folder, onDiskFailure }: CredentialOptions): CredentialStore {
  const file = folder === undefined ? undefined : join(folder, 'credentials.json')
  if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = file === undefined ? undefined : readCredentials(file)
  let held = found?.agent_id === agent_id ? found : undefined

  function onDisk(write: (file: string) => void): void {
    try {
      if (file !== undefined) write(file)
    } catch (error) {
      onDiskFailure(error)
    }
  }

  return {
    get held() {
      return held
    },
    keep(credentials) {
      held = credentials
      onDisk((at) => writePrivate(at, `${JSON.stringify(credentials, null, 2)}\n`))
    },
    forget() {
      held = undefined
      onDisk((at) => rmSync(at, { force: true }))
    },
  }
}

const fields = ['agent_id', 'installation_id', 'runtime_token', 'refresh_token'] as const

function readCredentials(file: string): Credentials | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8'))
    const whole = fields.every((field) => typeof value?.[field] === 'string')
    return whole && Number.isSafeInteger(value.token_version) ? value : undefined
  } catch {
    return undefined
  }
}

/** A process that is killed in between leaves the old file or the new one. */
function writePrivate(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`
  writeFileSync(draft, text, { mode: 0o600, flush: true })
  renameSync(draft, file)
}
