// One run of a simulated cluster: a time with faults, then they heal. Says which rules were broken.

import { isLeading } from '../../../src/core/pulse-node.ts'
import { type Broker, makeBroker } from './broker.ts'
import { type Host, startHost } from './host.ts'
import { type Listener, startListener } from './listener.ts'
import { type Machine, makeMachine } from './machine.ts'
import { makeRules } from './rules.ts'
import { makeWorld, type World } from './world.ts'

export type Settings = {
  seed: number
  /** The faults that may come; all by default. */
  faults?: Fault[]
  log?(text: string): void
}

export const faults = [
  'crash',
  'pause',
  'stall',
  'cut',
  'reset',
  'wall step',
  'broker away',
  'tempo',
  'all away',
  'two leaders',
] as const
export type Fault = (typeof faults)[number]

const cluster_id = 'sim'
const quiet_ms = 5_000
/** Beats that were allowed before a node without knowledge took over may not be sent again. */
const allowance_ms = 1_000

export type Outcome = {
  broken: string[]
  frames: number
  leaders: number
  /** From when the lease could be had until frames came again. */
  healed_ms: number
  healedBeats: number
}

export function runCluster({ seed, faults: allowed = [...faults], log = () => {} }: Settings): Outcome {
  const world = makeWorld(seed)
  const say = (text: string): void => log(`${world.now_ms().toFixed(1).padStart(9)} ${text}`)
  const bpm = Math.round(world.between(600, 3_000)) / 10
  const beats_per_bar = world.pick([16, 64, 120])
  const network = { delayMax_ms: world.pick([5, 50, 150]) }
  const rules = makeRules(world, { cluster_id, bpm, beats_per_bar, delayMax_ms: network.delayMax_ms })
  const broker = makeBroker(world, {
    get delayMax_ms() {
      return network.delayMax_ms
    },
    onPublished: rules.onPublished,
    onState: rules.onState,
  })
  const hooks = {
    onStep: (host: Host, effects: Parameters<typeof rules.onStep>[2]) => rules.onStep(broker, host, effects),
    onHeard: rules.onHeard,
    onTempo: rules.onTempo,
    onUntold: () => world.now_ms() > quiet_ms && rules.noteUntold(),
  }
  const machineOf = (): Machine =>
    makeMachine(world, 1 + world.between(-300e-6, 300e-6), world.between(-2_000, 2_000))
  let names = 0
  let stallChance = allowed.includes('stall') ? world.pick([0, 0.002]) : 0
  const start = (): Host =>
    startHost(
      world,
      broker,
      machineOf(),
      {
        name: `n${++names}`,
        cluster_id,
        bpm,
        beats_per_bar,
        get stallChance() {
          return stallChance
        },
      },
      hooks,
    )
  const hosts: Host[] = Array.from({ length: 2 + Math.floor(world.between(0, 4)) }, start)
  const listeners = Array.from({ length: 3 }, () => startListener(world, broker, machineOf(), cluster_id))
  say(
    `seed ${seed}: ${hosts.length} nodes, ${bpm} BPM, bar of ${beats_per_bar}, delays to ${network.delayMax_ms} ms`,
  )

  world.runUntil(quiet_ms)
  const end_ms = quiet_ms + world.between(10_000, 50_000)
  while (world.now_ms() < end_ms) {
    world.runUntil(world.now_ms() + world.between(50, 5_000))
    harm(world, broker, hosts, listeners, start, allowed, rules, say)
    rules.sample(listeners)
  }

  // Everything heals, once whoever was killed is back.
  while (hosts.some((host) => host.isDead())) world.runUntil(world.now_ms() + 100)
  stallChance = 0
  network.delayMax_ms = 5
  broker.setUp(true)
  for (const { link, machine } of [...hosts, ...listeners]) {
    link.heal()
    machine.go()
  }
  say('healed')
  const healed = awaitBeats(world, broker, hosts, listeners)
  say(`beats again after ${healed.toFixed(1)} ms`)
  const beat_ms = 60_000 / rules.tempo()
  const healedBeats = (healed - (rules.isShifted() ? allowance_ms : 0)) / beat_ms
  if (healedBeats > 3)
    rules.break(`liveness: no beat for ${healedBeats.toFixed(2)} beats after the lease could be had`)
  world.runUntil(world.now_ms() + quiet_ms)
  const leading = hosts.filter(({ node, machine }) => machine.isRunning() && isLeading(node))
  if (leading.length !== 1) rules.break(`liveness: ${leading.length} nodes lead after healing`)
  rules.atEnd(listeners, hosts)
  for (const text of rules.broken) say(`BROKEN ${text}`)
  return {
    broken: rules.broken,
    frames: rules.frames(),
    leaders: rules.leaders(),
    healed_ms: healed,
    healedBeats,
  }
}

/** How long after the lease could be had the first frame was taken by each listener. */
function awaitBeats(world: World, broker: Broker, hosts: Host[], listeners: Listener[]): number {
  const before = listeners.map(({ taken }) => taken.length)
  const isHeard = (): boolean =>
    listeners.every(({ taken }, index) => taken.length > (before[index] as number))
  let from_ms = world.now_ms()
  const until_ms = from_ms + 20_000
  while (!isHeard() && world.now_ms() < until_ms) {
    world.runUntil(world.now_ms() + 1)
    const isFree = broker.leaseEnds_ms() === 0 || hosts.some((host) => host.holdsLease())
    if (!isFree) from_ms = world.now_ms()
  }
  return world.now_ms() - from_ms
}

function harm(
  world: World,
  broker: Broker,
  hosts: Host[],
  listeners: Listener[],
  start: () => Host,
  allowed: Fault[],
  rules: ReturnType<typeof makeRules>,
  say: (text: string) => void,
): void {
  const leader = hosts.find(({ node }) => isLeading(node))
  // Half of all harm is done to the leader.
  const host = leader && world.chance() < 0.5 ? leader : world.pick(hosts)
  const someone = world.chance() < 0.6 ? host : world.pick(listeners)
  const name = 'name' in someone ? someone.name : 'listener'
  const heals_ms = world.pick([200, 1_000, 3_000, 10_000]) * world.between(0.2, 1)
  const fault = world.pick(allowed)
  const replace = (old: Host): void => {
    if (old.isDead()) return
    old.kill()
    const at = hosts.indexOf(old)
    world.after(heals_ms, () => {
      hosts[at] = start()
      say(`${old.name} is back as ${hosts[at]?.name}`)
    })
  }
  switch (fault) {
    case 'crash':
      say(`kill ${host.name}`)
      replace(host)
      return
    case 'all away':
      say(`kill all, back in ${heals_ms.toFixed(0)} ms`)
      for (const each of hosts) replace(each)
      return
    case 'pause':
      say(`stop ${name} for ${heals_ms.toFixed(0)} ms`)
      someone.machine.stop()
      world.after(heals_ms, () => someone.machine.go())
      return
    case 'cut':
    case 'reset':
      say(`${fault} ${name} for ${heals_ms.toFixed(0)} ms`)
      someone.link.cut(fault === 'reset')
      world.after(heals_ms, () => someone.link.heal())
      return
    case 'wall step': {
      const by_ms = world.pick([-3_600_000, 3_600_000, -1_000, 1_000])
      say(`wall clock of ${name} by ${by_ms} ms`)
      someone.machine.stepWall(by_ms)
      return
    }
    case 'broker away':
      say(`broker away for ${heals_ms.toFixed(0)} ms`)
      broker.setUp(false)
      world.after(heals_ms, () => broker.setUp(true))
      return
    case 'two leaders':
      say('the lease is removed by hand')
      rules.noteForced()
      broker.dropLease()
      return
    case 'tempo': {
      const wanted = Math.round(rules.tempo() * world.between(0.85, 1.15) * 10) / 10
      say(`tempo ${wanted}`)
      rules.noteAsked(wanted)
      for (const each of hosts) each.askTempo(wanted)
    }
  }
}
