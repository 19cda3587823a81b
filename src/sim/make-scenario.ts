// From a scenario's name to the scenario.

import type { Scenario, ScenarioName, ScenarioOptions } from './scenario.ts'
import { makeChaos } from './scenario-chaos.ts'
import { makeFlap } from './scenario-flap.ts'
import { makeStorm } from './scenario-storm.ts'
import { makeSwarm } from './swarm.ts'

const makers: Record<ScenarioName, (options: ScenarioOptions) => Scenario> = {
  swarm: makeSwarm,
  storm: makeStorm,
  flap: makeFlap,
  chaos: makeChaos,
}

export const makeScenario = (name: ScenarioName, options: ScenarioOptions): Scenario => makers[name](options)
