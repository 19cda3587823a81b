import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { captureCommand } from '../../../src/daemon/broker/capture-command.ts'
import { makeFolder, writeScript } from './nats-server-kit.ts'

const signal = new AbortController().signal

test('what a command printed is given', async () => {
  expect(await captureCommand('sh', ['-c', 'echo hello'], { limit_ms: 10_000, signal })).toEqual({
    ok: true,
    value: 'hello\n',
  })
})

test.each([
  ['its last words', 'echo first >&2; echo last >&2; exit 3', 'last'],
  [
    'the first complaint that apt marks',
    'echo "E: no list" >&2; echo "W: and so on" >&2; exit 100',
    'no list',
  ],
  ['its exit code when it said nothing', 'exit 3', 'it ended with 3'],
  ['the signal that ended it', 'kill -9 $$', 'it ended with SIGKILL'],
])('a command that ends badly is told by %s', async (_, script, error) => {
  expect(await captureCommand('sh', ['-c', script], { limit_ms: 10_000, signal })).toEqual({
    ok: false,
    error,
  })
})

test('a command that is not there is a value, not a throw', async () => {
  expect(await captureCommand('/nowhere/at-all', [], { limit_ms: 10_000, signal })).toMatchObject({
    ok: false,
  })
})

test('a command over its limit is killed', async () => {
  const end = await captureCommand('sleep', ['60'], { limit_ms: 100, signal })
  expect(end).toEqual({ ok: false, error: 'no answer within 0.1 s' })
})

test('an abort kills the command with its children and rejects with the reason', async () => {
  const pid = join(makeFolder(), 'pid')
  const script = writeScript(`${pid}.sh`, 'sleep 60 &', `echo $! > ${pid}`, 'wait')
  const controller = new AbortController()
  const running = captureCommand(script, [], { limit_ms: 60_000, signal: controller.signal })
  await vi.waitFor(() => expect(Number(readFileSync(pid, 'utf8'))).toBeGreaterThan(0), 10_000)
  controller.abort(new Error('interrupted'))
  await expect(running).rejects.toThrow('interrupted')
  await vi.waitFor(() => expect(isRunning(Number(readFileSync(pid, 'utf8')))).toBe(false), 10_000)
})

test('nothing is started for a signal that has aborted already', async () => {
  const made = join(makeFolder(), 'made')
  const running = captureCommand('touch', [made], {
    limit_ms: 60_000,
    signal: AbortSignal.abort(new Error('over')),
  })
  await expect(running).rejects.toThrow('over')
  expect(existsSync(made)).toBe(false)
})

/** A zombie that nobody has reaped yet has ended, too. */
function isRunning(pid: number): boolean {
  const file = `/proc/${pid}/stat`
  try {
    if (existsSync('/proc/self/stat')) return !/\) [ZX] /.test(readFileSync(file, 'utf8'))
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
