// Creates the streams, or brings them up to the settings. Idempotent.

import {
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream'
import { limits } from '../../core/event.ts'
import { backbeatSubjects } from '../../core/pulse-document.ts'
import {
  barsSubjects,
  claimSubjects,
  eventsStream,
  eventsSubjects,
  inStream,
  inSubjects,
  quarantineSubjects,
} from '../../core/subjects.ts'

export type StreamSettings = {
  max_bytes: number
  /** Atomic batches need nats-server 2.12; group commit of their fsyncs 2.15. */
  atomic: boolean
  /** The first sequence that a newly made BEACON_EVENTS gives: past everything an existing archive holds. */
  first_seq: number
  /** Wall clock; BEACON_IN starts its sequences there in microseconds, so that they grow across incarnations. */
  now_ms: number
}

export async function ensureStreams(jsm: JetStreamManager, settings: StreamSettings): Promise<void> {
  await ensure(jsm, {
    name: eventsStream,
    description: 'Every event Beacon acknowledged, until it is archived. Purged by the archiver only.',
    subjects: [eventsSubjects, quarantineSubjects, barsSubjects],
    // What subscribers hear of a report is stored: the stream itself tells them.
    republish: { src: barsSubjects, dest: backbeatSubjects('{{wildcard(1)}}').bar },
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_bytes: settings.max_bytes,
    allow_direct: true,
    first_seq: settings.first_seq,
    ...(settings.atomic ? { allow_atomic: true } : {}),
  })
  await ensure(jsm, {
    name: inStream,
    description: 'The door for any NATS client. The gateway admits from here into BEACON_EVENTS.',
    subjects: [inSubjects, claimSubjects],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_bytes: Math.max(64 * 1024 * 1024, Math.floor(settings.max_bytes / 8)),
    // Refused at the door what no gateway could put even into quarantine; headers count.
    max_msg_size: limits.event_bytes_max + 64 * 1024,
    first_seq: settings.now_ms * 1000,
  })
}

type Wanted = Partial<StreamConfig> & { name: string }

async function ensure(jsm: JetStreamManager, wanted: Wanted): Promise<void> {
  if (!(await exists(jsm, wanted.name)) && (await isAdded(jsm, wanted))) return
  const { name, retention, storage, first_seq, ...update } = wanted
  await jsm.streams.update(name, update)
}

const exists = async (jsm: JetStreamManager, name: string): Promise<boolean> => {
  try {
    await jsm.streams.info(name)
    return true
  } catch (error) {
    if (says(error, 'stream not found')) return false
    throw error
  }
}

/** False when another daemon on the same NATS made it meanwhile, from another first sequence. */
async function isAdded(jsm: JetStreamManager, wanted: Wanted): Promise<boolean> {
  try {
    await jsm.streams.add(wanted)
    return true
  } catch (error) {
    if (says(error, 'already in use')) return false
    throw error
  }
}

const says = (error: unknown, words: string): boolean =>
  error instanceof Error && error.message.includes(words)
