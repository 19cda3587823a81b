import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayWidth } from '../../../src/core/display-width.ts'
import type { ServiceState, ServiceStatus, StatusDocument } from '../../../src/core/status.ts'
import { makeModel } from '../../../src/tui/model.ts'
import { makePaint } from '../../../src/tui/paint.ts'
import { servicesInit } from '../../../src/tui/services/services-state.ts'
import { servicesView } from '../../../src/tui/services/services-view.ts'

const service = (instance: string, changes: Partial<ServiceStatus> = {}): ServiceStatus => ({
  name: instance,
  instance,
  state: 'up',
  pid: 4_242,
  uptime_s: 3_700,
  rss_bytes: 120e6,
  cpu_percent: 12.5,
  restarts: 0,
  last_exit: null,
  stats: { lag: 7, queue_events: 3, rate_per_s: 1_500 },
  ...changes,
})

const makeStatus = (changes: Partial<StatusDocument> = {}): StatusDocument => ({
  schema: 'beacon.status.v1',
  id: '0123456789ab',
  version: '0.1.0',
  home: '/srv/beacon',
  pid: 1,
  started_at: '2026-01-01T00:00:00Z',
  uptime_s: 60,
  profile: 'durable',
  promise: 'survives',
  http: '127.0.0.1:8000',
  nats: '127.0.0.1:4222',
  services: [service('gateway-1'), service('archiver'), service('aggregator')],
  broker: {
    ...service('nats-server', { stats: {} }),
    external: false,
    version: '2.15.1',
    address: '127.0.0.1:4222',
    stream: { messages: 100, bytes: 1e6, max_bytes: 4e9, first_seq: 1, last_seq: 100 },
  },
  disk: { free_bytes: 40e9, total_bytes: 100e9, disk_low: false },
  books: {
    accepted: 10,
    archived: 7,
    duplicate: 1,
    quarantined: 1,
    in_flight: 1,
    reports: 0,
    balanced: true,
  },
  ready: true,
  not_ready_reasons: [],
  degraded: false,
  ...changes,
})

const size = { columns: 140, rows: 30 }
const paint = makePaint({ color: false, theme: 'mono', ascii: false })
const modelOf = (status: StatusDocument | null) => ({
  ...makeModel({ columns: size.columns, rows: 36, now_ms: 0, wall_ms: 0 }),
  status,
})
const text = (status: StatusDocument | null, state = servicesInit): string =>
  servicesView.lines(modelOf(status), state, size, paint).join('\n')

test('each process has its state, memory, processor time, lag, queue and rate', () => {
  expect(text(makeStatus())).toMatch(/gateway-1 +● up +4242 +1h +120 +12\.5 +7 +3 +1500 +·/)
  expect(text(makeStatus())).toContain('nats-server')
})

test('what is wrong is said: not ready, backing off, books, disk, nobody there', () => {
  const bad = makeStatus({
    ready: false,
    not_ready_reasons: ['the broker is down'],
    services: [service('archiver', { state: 'backoff', restarts: 3, last_exit: 'signal SIGKILL' })],
    books: {
      accepted: 10,
      archived: 7,
      duplicate: 0,
      quarantined: 0,
      in_flight: 0,
      reports: 0,
      balanced: false,
    },
    disk: { free_bytes: 1e9, total_bytes: 100e9, disk_low: true },
  })
  for (const said of [
    'NOT READY',
    'the broker is down',
    '✗ backoff',
    'signal SIGKILL',
    'DOES NOT BALANCE',
    'LOW',
  ])
    expect(text(bad)).toContain(said)
  expect(text(null)).toContain('The supervisor does not answer')
  expect(text(makeStatus({ degraded: true }))).toContain('Nobody answered')
  expect(text(makeStatus({ books: null }))).toContain('not known')
})

test('a selected process shows everything that it reports; the selection stays with it', () => {
  const model = modelOf(makeStatus())
  let [state] = servicesView.update(model, servicesInit, { type: 'action', action: 'down' }, size)
  expect(state.selected).toBe('nats-server')
  ;[state] = servicesView.update(model, state, { type: 'action', action: 'down' }, size)
  expect(text(makeStatus(), state)).toMatch(/queue_events +3/)
  const more = makeStatus({ services: [service('gateway-0'), ...makeStatus().services] })
  expect(text(more, state)).toMatch(/▌ gateway-1/)
})

test('a click selects the process on that line', () => {
  const [state] = servicesView.update(
    modelOf(makeStatus()),
    servicesInit,
    { type: 'mouse', mouse: { kind: 'click', row: 3, column: 5 } },
    size,
  )
  expect(state.selected).toBe('archiver')
})

test('the load of each process is remembered for a minute, and no longer than the process', () => {
  let state = servicesInit
  for (let second = 0; second < 70; second++)
    [state] = servicesView.update(modelOf(null), state, { type: 'status', status: makeStatus() }, size)
  expect(state.cpu['gateway-1']?.length).toBe(60)
  ;[state] = servicesView.update(
    modelOf(null),
    state,
    { type: 'status', status: makeStatus({ services: [] }) },
    size,
  )
  expect(Object.keys(state.cpu)).toEqual(['nats-server'])
})

test('whatever the daemon says, the lines fit and nothing raw gets through', () => {
  const hostile = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(
      fc.integer({ min: 60, max: 200 }),
      fc.integer({ min: 3, max: 60 }),
      hostile,
      fc.constantFrom<ServiceState>('starting', 'up', 'degraded', 'backoff', 'stopped'),
      fc.double({ noNaN: true, min: 0, max: 1e18 }),
      (columns, rows, said, state, number) => {
        const evil = `${said}\u001b[2J\u202e`
        const status = makeStatus({
          home: evil,
          not_ready_reasons: [evil],
          services: [
            service(evil, {
              state,
              last_exit: evil,
              rss_bytes: number,
              stats: { [evil]: evil, lag: number },
            }),
          ],
        })
        const lines = servicesView.lines(
          modelOf(status),
          { selected: evil, cpu: {} },
          { columns, rows },
          paint,
        )
        expect(lines.length).toBe(rows)
        for (const line of lines) {
          expect(displayWidth(line)).toBeLessThanOrEqual(columns)
          for (const raw of ['\u001b', '\u202e']) expect(line).not.toContain(raw)
        }
      },
    ),
  )
})
