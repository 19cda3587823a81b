// Scans one partition's events in order: all of them block by block, or one agent's by the index.

import { peekAgentId, peekEventLine } from '../../core/event-line.ts'
import { agentPlaces, type Places } from './agent-places.ts'
import { type BlockFault, type BlockHeader, decodeBlock, decodeBlockHeader, decodeEvents } from './block.ts'
import { damaged } from './damaged.ts'
import type { Environment } from './environment.ts'
import { comparePositions, type Position, parsePositionKey } from './keys.ts'
import { blockAt, walkBlocks } from './walk-blocks.ts'

export type ArchivedEvent = Position & { line: Buffer }

export type ScanOptions = {
  /** First position wanted. */
  from?: Position
  /** Last position wanted. */
  to?: Position
  /** Bounds of received_at, both included. */
  since_ms?: number
  until_ms?: number
  limit?: number
  newestFirst?: boolean
  agent?: string
  /** Called for a block that cannot be read, which is then passed over. Without it the scan throws `archive_damaged`. */
  onDamage?(partition: string, block: Position, fault: BlockFault): void
}

/** The wanted events of one partition, in the wanted order, without the limit. */
export function* scanPartition(environment: Environment, options: ScanOptions): Generator<ArchivedEvent> {
  const { agent } = options
  const events = agent === undefined ? scanAll(environment, options) : scanAgent(environment, options, agent)
  for (const event of events) if (isWanted(event, options)) yield event
}

function* scanAll(environment: Environment, options: ScanOptions): Generator<ArchivedEvent> {
  const reverse = options.newestFirst ?? false
  const from = reverse ? options.to : options.from
  for (const { key, value } of walkBlocks(environment, { from, reverse })) {
    const position = parsePositionKey(key)
    if (!reverse && options.to && comparePositions(position, options.to) > 0) return
    const header = decodeBlockHeader(value)
    if (header.ok && isBeside(header.value, options)) {
      if (reverse && isBefore(header.value, options.from)) return
      continue
    }
    const block = decodeBlock(value)
    if (!block.ok) {
      report(environment, position, block.error, options)
      continue
    }
    const { lines, seqs } = block.value
    for (let i = 0; i < lines.length; i++) {
      const ordinal = reverse ? lines.length - 1 - i : i
      yield { epoch: position.epoch, seq: seqs[ordinal] as number, line: lines[ordinal] as Buffer }
    }
  }
}

function* scanAgent(environment: Environment, options: ScanOptions, agent: string): Generator<ArchivedEvent> {
  const reverse = options.newestFirst ?? false
  let last: Position | undefined
  for (const places of agentPlaces(environment, agent, options)) {
    const events =
      places.kind === 'found'
        ? fetch(environment, places, options)
        : scanAll(environment, { ...options, ...places.range })
    for (const event of events) {
      // Where the index is damaged, ranges may overlap: what is not further on was there before.
      const order = last ? comparePositions(event, last) : 0
      if (last && (reverse ? order >= 0 : order <= 0)) continue
      // Two agents may share a hash.
      if (peekAgentId(event.line) !== agent) continue
      last = { epoch: event.epoch, seq: event.seq }
      yield event
    }
  }
}

/** The events at ascending places, block by block. */
function* fetch(
  environment: Environment,
  { epoch, places }: Extract<Places, { kind: 'found' }>,
  options: ScanOptions,
): Generator<ArchivedEvent> {
  const reverse = options.newestFirst ?? false
  let at = reverse ? places.length - 1 : 0
  while (at >= 0 && at < places.length) {
    const place = places[at] as number
    const row = blockAt(environment, { epoch, seq: place })
    const block = row && parsePositionKey(row.key)
    const header = row && decodeBlockHeader(row.value)
    // An index that points nowhere is for verify to name.
    if (!row || !block || block.epoch !== epoch) {
      at += reverse ? -1 : 1
      continue
    }
    const count = header?.ok ? header.value.count : 1
    const ordinals: number[] = []
    for (; at >= 0 && at < places.length; at += reverse ? -1 : 1) {
      const ordinal = (places[at] as number) - block.seq
      if (ordinal < 0 || (ordinal >= count && ordinals.length > 0)) break
      ordinals.push(ordinal)
    }
    if (header?.ok && isBeside(header.value, options)) continue
    if (reverse) ordinals.reverse()
    const events = decodeEvents(row.value, ordinals)
    if (!events.ok) {
      report(environment, block, events.error, options)
      continue
    }
    if (reverse) events.value.reverse()
    for (const { seq, line } of events.value) yield { epoch, seq, line }
  }
}

/** Nothing of the block is wanted, as far as its header tells. */
function isBeside(header: BlockHeader, options: ScanOptions): boolean {
  const { since_ms, until_ms, from, to } = options
  return (
    (since_ms !== undefined && header.received_max_ms < since_ms) ||
    (until_ms !== undefined && header.received_min_ms > until_ms) ||
    isBefore(header, from) ||
    (to !== undefined && comparePositions({ epoch: header.epoch, seq: header.first_seq }, to) > 0)
  )
}

function isBefore(header: BlockHeader, from: Position | undefined): boolean {
  return from !== undefined && comparePositions({ epoch: header.epoch, seq: header.last_seq }, from) < 0
}

function isWanted(event: ArchivedEvent, { from, to, since_ms, until_ms }: ScanOptions): boolean {
  if (from && comparePositions(event, from) < 0) return false
  if (to && comparePositions(event, to) > 0) return false
  if (since_ms === undefined && until_ms === undefined) return true
  const receivedAt = peekEventLine(event.line)?.received_at_ms
  if (receivedAt === undefined) return false
  return receivedAt >= (since_ms ?? receivedAt) && receivedAt <= (until_ms ?? receivedAt)
}

function report(environment: Environment, block: Position, fault: BlockFault, options: ScanOptions): void {
  if (!options.onDamage) {
    throw damaged(environment.name, `the block ${block.epoch}/${block.seq} (${fault})`)
  }
  options.onDamage(environment.name, block, fault)
}
