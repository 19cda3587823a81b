// `beacon doctor`: looks at everything that an instance needs, and says how to mend what is missing.

import { defineCommand } from './command-spec.ts'
import { type Column, printRows } from './output.ts'

export type Finding = {
  check: string
  state: 'ok' | 'warning' | 'failed'
  detail: string
  /** How to mend it; empty when there is nothing to mend. */
  cure: string
}

const columns: Column<Finding>[] = [
  { name: 'check', value: (each) => each.check },
  { name: 'state', value: (each) => each.state },
  { name: 'detail', value: (each) => each.detail, shrinks: true },
]

export const doctorCommand = defineCommand({
  name: 'doctor',
  group: 'tool',
  summary: 'check what an instance needs, and say how to mend it',
  description:
    'Looks at Node, the settings, the home, the disk, the nats-server and the daemon. It changes nothing.',
  examples: [{ explains: 'what is wrong here', command: 'beacon doctor' }],
  exitCodes: { 0: 'nothing failed', 1: 'something failed' },
  async run(context) {
    const { examine } = await import('./doctor-checks.ts')
    const findings = await examine(context)
    await printRows(context, findings, {
      name: 'findings',
      columns:
        context.output === 'csv' ? [...columns, { name: 'cure', value: (each) => each.cure }] : columns,
    })
    for (const { check, cure } of findings) if (cure !== '') context.io.note(`${check}: ${cure}`)
    return findings.some((each) => each.state === 'failed') ? 1 : 0
  },
})
