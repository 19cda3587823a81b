// The services of one daemon: which processes there are, and gateways that come and go at run time.

import { BeaconError } from '../../core/errors.ts'
import type { ServiceName } from '../service.ts'
import type { ServiceProcess } from './service-process.ts'

export type ServiceSet = {
  all(): ServiceProcess[]
  archiver: ServiceProcess
  aggregator: ServiceProcess
  pulse: ServiceProcess
  historian: ServiceProcess
  gateways(): ServiceProcess[]
  /** New processes in place of gateways that could not start. */
  renewGateways(): Promise<void>
  /** Resolves with the new gateway once it accepts. */
  addGateway(): Promise<ServiceProcess>
  /** Without an instance, the youngest. Resolves when it has answered what it had accepted and is gone. */
  removeGateway(instance: string | undefined, grace_ms: number): Promise<ServiceProcess>
}

export type MakeService = (name: ServiceName, instance: string) => ServiceProcess

export function makeServiceSet(gatewayCount: number, make: MakeService): ServiceSet {
  const archiver = make('archiver', 'archiver')
  const aggregator = make('aggregator', 'aggregator')
  const pulse = make('pulse', 'pulse')
  const historian = make('historian', 'historian')
  let gateways: ServiceProcess[] = []
  let numbers = 0
  const nextGateway = (): ServiceProcess => make('gateway', `gateway-${++numbers}`)
  for (let i = 0; i < gatewayCount; i++) gateways.push(nextGateway())

  return {
    archiver,
    aggregator,
    pulse,
    historian,
    gateways: () => gateways,
    all: () => [...gateways, archiver, aggregator, pulse, historian],
    async renewGateways() {
      await Promise.all(gateways.map((gateway) => gateway.stop(0)))
      gateways = gateways.map(({ instance }) => make('gateway', instance))
    },
    async addGateway() {
      const gateway = nextGateway()
      gateways = [...gateways, gateway]
      try {
        await gateway.start()
      } catch (error) {
        gateways = gateways.filter((each) => each !== gateway)
        throw error
      }
      return gateway
    },
    async removeGateway(instance, grace_ms) {
      const gateway = instance ? gateways.find((each) => each.instance === instance) : gateways.at(-1)
      if (!gateway) throw new BeaconError('backend_not_found', `${instance} is none of ${names(gateways)}`)
      if (gateways.length === 1)
        throw new BeaconError('backend_last', `${gateway.instance} is the only gateway`)
      gateways = gateways.filter((each) => each !== gateway)
      await gateway.stop(grace_ms)
      return gateway
    },
  }
}

const names = (services: ServiceProcess[]): string => services.map((each) => each.instance).join(', ')
