// Writes the ledger to <home>/runs/<run>.json: each second, and at the end; readers see an old one or a new one, whole.

import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { BeaconError } from '../core/errors.ts'
import { type Ledger, ledgerSchema } from './ledger.ts'

export const toLedgerPath = (ledgerDir: string, run: string): string => join(ledgerDir, `${run}.json`)

/** A run's numbers are stored once: a second run of that name would be taken for duplicates of the first. */
export async function refuseUsedRun(ledgerDir: string, run: string): Promise<void> {
  const path = toLedgerPath(ledgerDir, run)
  const used = await access(path).then(
    () => true,
    () => false,
  )
  if (!used) return
  throw new BeaconError('usage', `the run ${run} was there already: ${path}`, {
    hint: 'beacon sim --help',
  })
}

/** Replaces the ledger at `path` with the pieces, giving way to the event loop between them. */
export async function writeLedger(path: string, pieces: Iterable<string>): Promise<void> {
  const draft = `${path}.tmp`
  await mkdir(join(path, '..'), { recursive: true })
  const file = await open(draft, 'w', 0o644)
  try {
    for (const piece of pieces) {
      await file.write(piece)
      await breathe()
    }
    await file.sync()
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  } finally {
    await file.close()
  }
  await rename(draft, path)
}

/** Reads a run's ledger. Throws `not_found` when there is none, `ledger_damaged` when it is no ledger. */
export async function readLedger(ledgerDir: string, run: string): Promise<Ledger> {
  const path = toLedgerPath(ledgerDir, run)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new BeaconError('not_found', `there is no ledger of a run ${run}`, {
      hint: 'A run of `beacon sim` writes it under runs/ in its home: check the run and --home.',
      cause,
    })
  }
  const ledger = parseLedger(text)
  if (!ledger) throw new BeaconError('ledger_damaged', path)
  return ledger
}

function parseLedger(text: string): Ledger | undefined {
  try {
    const ledger = JSON.parse(text) as Ledger
    return ledger.schema === ledgerSchema && typeof ledger.agents === 'object' ? ledger : undefined
  } catch {
    return undefined
  }
}
