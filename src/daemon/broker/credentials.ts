// Passwords and NATS URLs per role, in files that only the owner of the home can read.

import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BeaconError } from '../../core/errors.ts'
import { writeFileAtomic } from '../write-file-atomic.ts'
import { type Role, roles } from './permissions.ts'

export type Passwords = Record<Role, string>

/** The passwords of a home: made at the first start, the same ever after, so that agents keep theirs. */
export function loadPasswords(folder: string): Passwords {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  return Object.fromEntries(roles.map((role) => [role, loadPassword(folder, role)])) as Passwords
}

function loadPassword(folder: string, role: Role): string {
  const file = join(folder, `${role}.password`)
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw broken(file, (error as Error).message)
    const password = randomBytes(32).toString('base64url')
    writeFileAtomic(file, `${password}\n`, 0o600)
    return password
  }
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) throw broken(file, 'it does not hold a password of Beacon')
  return text
}

const broken = (file: string, reason: string): BeaconError =>
  new BeaconError('home_unusable', `the credentials file ${file} is broken: ${reason}`, {
    hint: 'Delete the file and start again: a new password is made, and clients of this role need the new URL.',
  })

/** Writes `<role>.url` for each role of the embedded server. */
export function writeBrokerUrls(folder: string, passwords: Passwords, address: string): void {
  for (const role of roles) writeUrl(folder, role, `nats://${role}:${passwords[role]}@${address}`)
}

/** With an external NATS there is one URL, the operator's affair, for every role. */
export function writeExternalUrls(folder: string, url: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  for (const role of roles) writeUrl(folder, role, url)
}

function writeUrl(folder: string, role: Role, url: string): void {
  writeFileAtomic(join(folder, `${role}.url`), `${url}\n`, 0o600)
}
