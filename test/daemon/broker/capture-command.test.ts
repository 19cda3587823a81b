import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
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

test('a command over its limit is killed together with its children', async () => {
  const pid = join(makeFolder(), 'pid')
  const script = writeScript(`${pid}.sh`, 'sleep 60 &', `echo $! > ${pid}`, 'wait')
  const end = await captureCommand(script, [], { limit_ms: 300, signal })
  expect(end).toEqual({ ok: false, error: 'no answer within 0.3 s' })
  expect(isRunning(Number(readFileSync(pid, 'utf8')))).toBe(false)
})

test('an abort kills the command and rejects with the reason', async () => {
  const controller = new AbortController()
  const running = captureCommand('sleep', ['60'], { limit_ms: 60_000, signal: controller.signal })
  controller.abort(new Error('interrupted'))
  await expect(running).rejects.toThrow('interrupted')
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
