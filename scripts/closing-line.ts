// A vitest reporter whose last words are `N passed, N failed` alone on a line, for whoever reads only that.

import type { Reporter, TestModule } from 'vitest/node'

export default class ClosingLine implements Reporter {
  private readonly counts = { passed: 0, failed: 0, skipped: 0 }

  constructor() {
    // After everything that the other reporters have to say.
    process.once('exit', () => {
      const { passed, failed, skipped } = this.counts
      // A suite that runs nothing proves nothing.
      if (failed > 0 || passed === 0) process.exitCode ||= 1
      process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
    })
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const { counts } = this
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        // Pending: the run was cut short before it.
        counts[state === 'pending' ? 'failed' : state]++
      }
      // A file that cannot be loaded, or a failed hook, has errors and perhaps no failed test.
      counts.failed += module.errors().length
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
    }
    counts.failed += unhandled.length
  }
}
