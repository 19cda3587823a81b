// Storm: the swarm, with bursts to ten times its rate.

import type { Scenario, ScenarioOptions } from './scenario.ts'
import { stormy } from './schedule.ts'
import { makeSwarm } from './swarm.ts'

export const makeStorm = (options: ScenarioOptions): Scenario => ({
  ...makeSwarm(options),
  name: 'storm',
  dueAt: stormy(options.rate),
})
