// Real programs: what is left of them, what they use, and how their end is told.

import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { membersOf } from '../../../src/client/runner/process-group.ts'
import { type Program, startProgram } from '../../../src/client/runner/program.ts'

const stop = { by: 'ann', reason: 'enough' }

async function start(script: string): Promise<Program> {
  const program = await startProgram({
    words: ['/bin/sh', '-c', script],
    env: { PATH: process.env.PATH },
    capture: null,
  })
  onTestFinished(() => program.end(stop, 0))
  return program
}

async function untilCount(program: Program, count: number): Promise<void> {
  while ((await membersOf(program.pid)).length !== count) await sleep(10)
}

/** As ps shows it: T is stopped, S sleeps. */
async function untilState(pid: number, state: string): Promise<void> {
  while (!execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith(state))
    await sleep(10)
}

test('a program that ends by itself tells its exit code', async () => {
  expect(await (await start('exit 7')).ended).toEqual({
    how: 'exited',
    reason: 'exit code 7',
    exit_code: 7,
    signal: null,
  })
  expect(await (await start('exit 0')).ended).toMatchObject({ how: 'stopped', exit_code: 0 })
  expect(await (await start('kill -9 $$')).ended).toMatchObject({ how: 'killed', signal: 'SIGKILL' })
})

test('its end is the end of all that it started, also of what ignores SIGTERM', async () => {
  const program = await start('trap "" TERM; (trap "" TERM; sleep 1000; sleep 1000) & sleep 1000; sleep 1000')
  await untilCount(program, 4)
  program.end(stop, 100)
  expect(await program.ended).toEqual({
    how: 'terminated',
    reason: 'ann: enough (ended by SIGKILL)',
    exit_code: null,
    signal: 'SIGKILL',
  })
  expect(await membersOf(program.pid)).toEqual([])
})

test('a program that cleans up after SIGTERM has the time for it', async () => {
  const program = await start('trap "exit 3" TERM; while :; do sleep 0.02; done')
  await untilCount(program, 2)
  program.end(stop, 20_000)
  expect(await program.ended).toMatchObject({ how: 'terminated', exit_code: 3, signal: null })
})

test('what it leaves behind ends with it', async () => {
  const program = await start('sleep 1000 & exit 0')
  expect(await program.ended).toMatchObject({ how: 'stopped' })
  expect(await membersOf(program.pid)).toEqual([])
})

test('halted, all its processes stand still until they go on; it can be ended all the same', async () => {
  const program = await start('sleep 1000 & sleep 1000')
  await untilCount(program, 3)
  await program.halt(true)
  for (const { pid } of await membersOf(program.pid)) await untilState(pid, 'T')
  await program.halt(false)
  for (const { pid } of await membersOf(program.pid)) await untilState(pid, 'S')
  await program.halt(true)
  program.end(stop, 20_000)
  expect(await program.ended).toMatchObject({ how: 'terminated', signal: 'SIGTERM' })
})

test('it is measured with the processes that it started', async () => {
  const program = await start('sleep 1000 & while :; do :; done')
  await untilCount(program, 2)
  await program.measure()
  let used = await program.measure()
  while (used.cpu_percent === 0) used = await program.measure()
  expect(used.cpu_percent).toBeGreaterThan(0)
  expect(used.rss_bytes).toBeGreaterThan(100_000)
  expect(used.processes).toBe(2)
})

test('one that is not there rejects as the system says it', async () => {
  const none = startProgram({ words: ['/nonexistent/program'], env: {}, capture: null })
  await expect(none).rejects.toMatchObject({ code: 'ENOENT' })
})
