// Where this process runs: lambda, kubernetes, docker or bare metal, in this order, since pods may have /.dockerenv.
//
// Source: SEEDS.md 2.

import { existsSync, readFileSync } from 'node:fs'
import { hostname, release, type as systemName } from 'node:os'
import type { Platform } from '../core/installation.ts'

/** What is looked at; a test gives its own. */
export type Surroundings = {
  env: Readonly<Record<string, string | undefined>>
  exists(file: string): boolean
  /** Text of a file; undefined when it cannot be read. */
  read(file: string): string | undefined
}

const namespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

/** Never throws; a field that cannot be found is left out. */
export function detectPlatform(around: Surroundings = here): Platform {
  const { env } = around
  if (env.AWS_LAMBDA_FUNCTION_NAME)
    return known({ type: 'lambda', function: env.AWS_LAMBDA_FUNCTION_NAME, region: env.AWS_REGION })
  if (env.KUBERNETES_SERVICE_HOST)
    return known({
      type: 'kubernetes',
      // Only the downward API tells the node; a pod's host name is its own.
      pod_name: env.POD_NAME ?? env.HOSTNAME ?? hostname(),
      namespace: env.POD_NAMESPACE ?? around.read(namespaceFile)?.trim(),
      node: env.NODE_NAME,
    })
  if (around.exists('/.dockerenv'))
    return known({ type: 'docker', container_id: containerId(around), image: env.CONTAINER_IMAGE })
  return { type: 'bare_metal', hostname: hostname(), os: `${systemName()} ${release()}`, pid: process.pid }
}

/** The engine mounts files of the container's own folder; without them the host name is the short id. */
function containerId(around: Surroundings): string {
  const mounts = around.read('/proc/self/mountinfo') ?? ''
  return /\/containers\/([0-9a-f]{64})\//.exec(mounts)?.[1] ?? around.env.HOSTNAME ?? hostname()
}

function known({ type, ...fields }: Pick<Platform, 'type'> & Record<string, string | undefined>): Platform {
  const found = Object.entries(fields).filter((each): each is [string, string] => Boolean(each[1]))
  return { ...Object.fromEntries(found), type }
}

const here: Surroundings = {
  // The one place of the SDK that reads the environment: it is what tells a function and a pod apart.
  env: process.env,
  exists: existsSync,
  read(file) {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return undefined
    }
  },
}
