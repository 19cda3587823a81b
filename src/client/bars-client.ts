// Asks for bars: those that are open of the aggregator, those that were reported of the historian.

import type { NatsConnection } from '@nats-io/nats-core'
import {
  type BarsDocument,
  type BarsRequest,
  barSubjects,
  type WindowDocument,
  type WindowsDocument,
} from '../core/bar-report.ts'
import { BeaconError } from '../core/errors.ts'
import { askService } from './ask-service.ts'

/** The end of the stream may have to be read first. */
const history_ms = 15_000
const live_ms = 2_000

export const fetchBars = (nc: NatsConnection, request: BarsRequest): Promise<BarsDocument> =>
  askService(nc, {
    service: 'historian',
    subject: barSubjects.bars,
    request,
    timeout_ms: history_ms,
    invalid: 'usage',
  })

/** Throws daemon_unreachable when no aggregator answers. */
export const fetchWindows = (nc: NatsConnection): Promise<WindowsDocument> =>
  askAggregator(nc, barSubjects.windows, {})

/**
 * `id` is that of a window, or its beginning for one that is over: that is found by its last report. Throws not_found for one
 * that nobody reported, and daemon_unreachable.
 */
export async function fetchWindow(nc: NatsConnection, id: string): Promise<WindowDocument> {
  try {
    return await askAggregator<WindowDocument>(nc, barSubjects.window, { window: id })
  } catch (error) {
    if (!(error instanceof BeaconError) || error.code === 'internal') throw error
    const report = await fetchLastReport(nc, id)
    if (report) return report
    // Of an aggregator that is away nobody knows which bars are open.
    throw error
  }
}

async function fetchLastReport(nc: NatsConnection, id: string): Promise<WindowDocument | undefined> {
  const { bars } = await fetchBars(nc, { window: id, limit: 1 })
  const last = bars.at(-1)
  if (!last) return undefined
  const { seq: _seq, ...report } = last
  const { cluster_id } = report
  const at = new Date().toISOString()
  return { schema: 'beacon.window.v1', cluster_id, at, open: false, window: null, report }
}

const askAggregator = <Reply>(nc: NatsConnection, subject: string, request: object): Promise<Reply> =>
  askService(nc, { service: 'aggregator', subject, request, timeout_ms: live_ms, invalid: 'usage' })
